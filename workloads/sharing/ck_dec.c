/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's spinlock by decrement. */
#include "workloads/sharing/ck_lock.h"

CK_LOCK(ck_dec, ck_spinlock_dec_t, ck_spinlock_dec_init(lock),
        ck_spinlock_dec_lock(lock), ck_spinlock_dec_unlock(lock))
