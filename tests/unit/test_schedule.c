/* SPDX-License-Identifier: MIT */
/* The order of a run: complete rounds, blocks of the same work, and chance. */
#undef NDEBUG
#include "bench/schedule.h"

#include <assert.h>
#include <string.h>

enum { CELLS = 12, REPS = 200 };

static char *const blocks[] = {(char[]){"a"}, (char[]){"b"}, (char[]){"c"}};

/* Three blocks of three cells, which take turns, and three cells in none. */
static void make_cells(struct cell cells[CELLS])
{
    memset(cells, 0, CELLS * sizeof(cells[0]));
    for (size_t i = 0; i < CELLS; i++) {
        cells[i].block = i % 4 < 3 ? blocks[i % 4] : NULL;
        cells[i].reps = REPS;
    }
}

/* The block of a cell: one of six. */
static size_t block_of(size_t cell)
{
    return cell % 4 < 3 ? cell % 4 : 3 + cell / 4;
}

/* Every round has every cell once, block after block. */
static void check_round(const struct schedule_entry *entries, unsigned round)
{
    bool seen[CELLS] = {false};
    bool ended[6] = {false};
    for (size_t i = 0; i < CELLS; i++) {
        size_t block = block_of(entries[i].cell);
        assert(entries[i].rep == round && !seen[entries[i].cell]);
        assert(!ended[block]);
        seen[entries[i].cell] = true;
        if (i + 1 < CELLS && block_of(entries[i + 1].cell) != block) {
            ended[block] = true;
        }
    }
}

static void test_rounds(void)
{
    struct cell cells[CELLS];
    struct schedule schedule;
    make_cells(cells);
    schedule_init(&schedule, cells, CELLS, 1);
    assert(schedule.n == (size_t)CELLS * REPS);
    for (unsigned round = 0; round < REPS; round++) {
        check_round(schedule.entries + round * CELLS, round);
    }
    schedule_deinit(&schedule);
}

/* Each block is first of a round about as often as any other, 200 / 6 times,
 * and each cell of its block, 200 / 3 times; give or take five standard
 * deviations.
 */
static void test_chance(void)
{
    struct cell cells[CELLS];
    struct schedule schedule;
    unsigned first[6] = {0}, leads[CELLS] = {0};
    make_cells(cells);
    schedule_init(&schedule, cells, CELLS, 2);
    for (size_t i = 0; i < schedule.n; i++) {
        size_t cell = schedule.entries[i].cell;
        size_t before = schedule.entries[i ? i - 1 : 0].cell;
        first[block_of(cell)] += i % CELLS == 0;
        leads[cell] += i % CELLS == 0 || block_of(cell) != block_of(before);
    }
    for (size_t i = 0; i < 6; i++) {
        assert(first[i] >= 33 - 27 && first[i] <= 33 + 27);
    }
    for (size_t i = 0; i < CELLS; i++) {
        unsigned wanted = i % 4 < 3 ? 67 : REPS;
        assert(leads[i] >= wanted - 34 && leads[i] <= wanted + 34);
    }
    schedule_deinit(&schedule);
}

/* The seed decides; what is skipped, or has fewer repetitions, is left out. */
static void test_seed(void)
{
    struct cell cells[CELLS];
    struct schedule a, b, c;
    make_cells(cells);
    cells[3].skip = (char[]){"not here"};
    cells[4].reps = 2;
    schedule_init(&a, cells, CELLS, 7);
    schedule_init(&b, cells, CELLS, 7);
    schedule_init(&c, cells, CELLS, 8);
    size_t size = a.n * sizeof(*a.entries);
    assert(a.n == schedule_count(cells, CELLS));
    assert(a.n == (size_t)(CELLS - 2) * REPS + 2 && b.n == a.n && c.n == a.n);
    assert(memcmp(a.entries, b.entries, size) == 0);
    assert(memcmp(a.entries, c.entries, size) != 0);
    for (size_t i = 0; i < a.n; i++) {
        assert(a.entries[i].cell != 3);
        assert(a.entries[i].cell != 4 || a.entries[i].rep < 2);
    }
    schedule_deinit(&a);
    schedule_deinit(&b);
    schedule_deinit(&c);
}

int main(void)
{
    test_rounds();
    test_chance();
    test_seed();
    return 0;
}
