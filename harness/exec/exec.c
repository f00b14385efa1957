/* SPDX-License-Identifier: MIT */
#include "harness/exec/exec.h"

_Thread_local struct exec_ring *exec_ready;
