/* SPDX-License-Identifier: MIT */
/*
 * The map is Concurrency Kit's own, ck_ht: open addressing, one writer beside
 * many readers, and it grows. Readers look without a lock, in an epoch; writers
 * take turns by its spinlock by fetch-and-store and put a new box in the place
 * of the old one. Who goes through the whole map takes the writers' lock, as
 * ck_ht_next(3) wants it.
 *
 * Tables that it grew out of may have readers still. They are kept until the
 * run's end: all together are smaller than the last one.
 */
#include "workloads/sharing/ck_epochs.h"

#include <ck_ht.h>
#include <ck_spinlock.h>
#include <stdlib.h>

struct table {
    ck_spinlock_fas_t lock;
    ck_ht_t ht;
};

struct table_of {
    struct table *table;
};

SHIELD_IS(struct table_of);

/* In front of each piece of memory that ck_ht has. */
union piece {
    union piece *next; /* of those that it has given back */
    max_align_t align;
};

static _Atomic(union piece *) left;

static void *take_piece(size_t size)
{
    union piece *piece = malloc(sizeof(*piece) + size);
    must(piece != NULL);
    return piece + 1;
}

static void give_piece(void *memory, size_t size, bool defer)
{
    (void)size;
    union piece *piece = (union piece *)memory - 1;
    if (!defer) {
        free(piece);
        return;
    }
    union piece *head = atomic_load_explicit(&left, memory_order_relaxed);
    do {
        piece->next = head;
    } while (!atomic_compare_exchange_weak_explicit(
        &left, &head, piece, memory_order_release, memory_order_relaxed));
}

static struct ck_malloc memory = {.malloc = take_piece, .free = give_piece};

/* 0 is not a key of ck_ht. */
static inline uintptr_t key_of(uint64_t key)
{
    return (uintptr_t)key + 1;
}

static inline struct sharing_box *box_of(ck_ht_entry_t *entry)
{
    return (struct sharing_box *)ck_ht_entry_value_direct(entry);
}

static inline struct table *table_of(struct shared_map *map)
{
    return ((struct table_of *)&map->shield)->table;
}

/* NULL: there is none. */
static struct sharing_box *look_up(struct table *table, uint64_t key)
{
    ck_ht_hash_t hash;
    ck_ht_entry_t entry;
    ck_ht_hash_direct(&hash, &table->ht, key_of(key));
    ck_ht_entry_key_set_direct(&entry, key_of(key));
    return ck_ht_get_spmc(&table->ht, hash, &entry) ? box_of(&entry) : NULL;
}

static void put(struct table *table, struct sharing_box *box)
{
    ck_ht_hash_t hash;
    ck_ht_entry_t entry;
    ck_ht_hash_direct(&hash, &table->ht, key_of(box->key));
    ck_ht_entry_set_direct(&entry, hash, key_of(box->key), (uintptr_t)box);
    must(ck_ht_set_spmc(&table->ht, hash, &entry));
}

static struct sharing_box *take_out(struct table *table, uint64_t key)
{
    ck_ht_hash_t hash;
    ck_ht_entry_t entry;
    ck_ht_hash_direct(&hash, &table->ht, key_of(key));
    ck_ht_entry_key_set_direct(&entry, key_of(key));
    must(ck_ht_remove_spmc(&table->ht, hash, &entry));
    return box_of(&entry);
}

static void get(const struct shield_ops *ops, struct sharing_task *me,
                struct shared_map *map, uint64_t key)
{
    epochs_read_begin(me);
    const struct sharing_box *box = look_up(table_of(map), key);
    me->wrong += !box || box->key != key || !shield_box_is_right(ops, box);
    epochs_read_end(me);
}

static void add(struct sharing_task *me, struct shared_map *map, uint64_t key)
{
    struct table *table = table_of(map);
    ck_spinlock_fas_lock(&table->lock);
    struct sharing_box *old = look_up(table, key);
    put(table, sharing_box_new(me, key, old->value + 1, NULL));
    ck_spinlock_fas_unlock(&table->lock);
    me->written++;
    epochs_retire(me, old);
}

static void visit(struct sharing_task *me, struct shared_map *map)
{
    struct table *table = table_of(map);
    uint64_t key = map->keys + me->number;
    struct sharing_box *gone = NULL;
    ck_spinlock_fas_lock(&table->lock);
    if (me->visitor_in) {
        gone = take_out(table, key);
    } else {
        put(table, sharing_box_new(me, key, 0, NULL));
    }
    ck_spinlock_fas_unlock(&table->lock);
    me->visitor_in = !me->visitor_in;
    if (gone) {
        epochs_retire(me, gone);
    }
}

static void iterate(const struct shield_ops *ops, struct sharing_task *me,
                    struct shared_map *map)
{
    struct table *table = table_of(map);
    ck_ht_iterator_t at = CK_HT_ITERATOR_INITIALIZER;
    ck_ht_entry_t *entry;
    uint64_t met = 0;
    bool right = true;
    ck_spinlock_fas_lock(&table->lock);
    while (ck_ht_next(&table->ht, &at, &entry)) {
        const struct sharing_box *box = box_of(entry);
        met += box->key < map->keys;
        right = right && shield_box_is_right(ops, box);
    }
    ck_spinlock_fas_unlock(&table->lock);
    me->wrong += !right || met != map->keys;
}

ALWAYS_INLINE void step(const struct shield_ops *ops, struct sharing_task *me)
{
    uint64_t key;
    struct shared_map *map = me->object;
    switch (map_next(me, &key)) {
    case MAP_GETS:
        get(ops, me, map, key);
        break;
    case MAP_ADDS:
        add(me, map, key);
        break;
    case MAP_VISITS:
        visit(me, map);
        break;
    case MAP_ITERATES:
        iterate(ops, me, map);
        break;
    }
}

static const struct shield_ops ck_ht_ops = {
    .races = true, .copies = true, .begin = epochs_task_begin};

static void ck_ht_map(struct exec *ex, struct workload_run *run)
{
    shield_loop(&ck_ht_ops, ex, run, step);
}

/* The boxes move from the buckets, which are not used, ... */
static void ck_ht_shield_init(struct shield *shield)
{
    struct shared_map *map = container_of(shield, struct shared_map, shield);
    struct table *table = must_calloc(1, sizeof(*table));
    ck_spinlock_fas_init(&table->lock);
    must(
        ck_ht_init(&table->ht, CK_HT_MODE_DIRECT, NULL, &memory, map->keys, 0));
    for (uint64_t i = 0; i <= map->mask; i++) {
        for (struct sharing_box *box = map->buckets[i]; box; box = box->next) {
            put(table, box);
        }
        map->buckets[i] = NULL;
    }
    ((struct table_of *)shield)->table = table;
}

/* ... and back. */
static void ck_ht_map_settle(struct shared_map *map)
{
    ck_ht_iterator_t at = CK_HT_ITERATOR_INITIALIZER;
    ck_ht_entry_t *entry;
    while (ck_ht_next(&table_of(map)->ht, &at, &entry)) {
        struct sharing_box *box = box_of(entry);
        struct sharing_box **link = &map->buckets[map_bucket(map, box->key)];
        box->next = *link;
        *link = box;
    }
}

static void ck_ht_shield_deinit(struct shield *shield)
{
    struct table *table = ((struct table_of *)shield)->table;
    ck_ht_destroy(&table->ht);
    free(table);
}

static void ck_ht_run_deinit(struct sharing_run *shared)
{
    union piece *piece =
        atomic_exchange_explicit(&left, NULL, memory_order_acquire);
    while (piece) {
        union piece *next = piece->next;
        free(piece);
        piece = next;
    }
    epochs_run_deinit(shared);
}

const struct sharing sharing_ck_ht = {
    .unit = {.name = "ck_ht",
             .summary = "the hash table of Concurrency Kit, one writer beside "
                        "readers",
             .unavailable = ck_unavailable},
    .library = "Concurrency Kit",
    .map = ck_ht_map,
    .shield_init = ck_ht_shield_init,
    .shield_deinit = ck_ht_shield_deinit,
    .map_settle = ck_ht_map_settle,
    .task_settle = epochs_task_settle,
    .run_init = epochs_run_init,
    .run_deinit = ck_ht_run_deinit,
};
