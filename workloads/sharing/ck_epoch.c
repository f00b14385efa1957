/* SPDX-License-Identifier: MIT */
/* As rcu.c, with Concurrency Kit's epochs instead of quiescent states. */
#include "workloads/sharing/ck_epochs.h"
#include "workloads/sharing/object_locked.h"

ALWAYS_INLINE void read_begin(struct sharing_task *me, struct shield *shield,
                              uint64_t key)
{
    (void)shield;
    (void)key;
    epochs_read_begin(me);
}

ALWAYS_INLINE bool read_done(struct sharing_task *me, struct shield *shield,
                             uint64_t key)
{
    (void)shield;
    (void)key;
    epochs_read_end(me);
    return true;
}

static const struct shield_ops ck_epoch_ops = {
    .races = true,
    .copies = true,
    .read = read_begin,
    .read_done = read_done,
    .write = object_locked_begin,
    .write_done = object_locked_done,
    .retire = epochs_retire,
    .begin = epochs_task_begin,
};

SHIELD_CONTAINER_LOOPS(ck_epoch, ck_epoch_ops)

const struct sharing sharing_ck_epoch = {
    .unit = {.name = "ck_epoch",
             .summary = "as rcu, over the epochs of Concurrency Kit",
             .unavailable = ck_unavailable},
    .library = "Concurrency Kit",
    .map = ck_epoch_map,
    .vector = ck_epoch_vector,
    .task_settle = epochs_task_settle,
    .run_init = epochs_run_init,
    .run_deinit = epochs_run_deinit,
};
