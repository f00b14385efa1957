/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's spinlock by fetch-and-store. */
#include "workloads/sharing/ck_lock.h"

CK_LOCK(ck_fas, ck_spinlock_fas_t, ck_spinlock_fas_init(lock),
        ck_spinlock_fas_lock(lock), ck_spinlock_fas_unlock(lock))
