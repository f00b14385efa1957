/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's MCS lock: who waits spins on a word of its own. */
#include "workloads/sharing/ck_lock.h"

CK_LOCK(ck_mcs, ck_spinlock_mcs_t, ck_spinlock_mcs_init(lock),
        ck_spinlock_mcs_lock(lock, node), ck_spinlock_mcs_unlock(lock, node))
