/* SPDX-License-Identifier: MIT */
/* Concurrency Kit's spinlock by tickets, served in order. */
#include "workloads/sharing/ck_lock.h"

CK_LOCK(ck_ticket, ck_spinlock_ticket_t, ck_spinlock_ticket_init(lock),
        ck_spinlock_ticket_lock(lock), ck_spinlock_ticket_unlock(lock))
