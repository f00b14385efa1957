/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's spinlock by compare-and-swap. */
#include "workloads/sharing/ck_lock.h"

CK_LOCK(ck_cas, ck_spinlock_cas_t, ck_spinlock_cas_init(lock),
        ck_spinlock_cas_lock(lock), ck_spinlock_cas_unlock(lock))
