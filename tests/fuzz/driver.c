/* SPDX-License-Identifier: MIT */
/*
 * Runs a libFuzzer target without libFuzzer, under any compiler: over each
 * of the given files, over its beginnings, and over many copies with a
 * few bytes changed, always the same ones.
 *
 * With clang and `meson setup -Dfuzz=true` the same target is linked with
 * libFuzzer instead, and takes its options and the folders of the corpus.
 */
#undef NDEBUG
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define MUTANTS 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words that reach further into the readers than random bytes do. */
static const char *const words[] = {
    "null", "-1",   "0",       "1e308",  "18446744073709551615", "[]",
    "{}",   "\"\"", "[[0,1]]", "true",   "\"cpu_loop\"",         "\"*\"",
    "[",    "}",    ",",       "\\u0000"};

/* A copy of exactly the size, so that a sanitizer sees a byte too far. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = must_calloc(size, 1);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void mutate(const uint8_t *data, size_t size, struct rng *rng)
{
    uint8_t *copy = must_calloc(size, 1);
    memcpy(copy, data, size);
    for (uint64_t n = 1 + rng_below(rng, 3); n > 0 && size > 0; n--) {
        size_t at = (size_t)rng_below(rng, size);
        const char *word =
            words[rng_below(rng, sizeof(words) / sizeof(*words))];
        size_t length = strlen(word);
        if (rng_below(rng, 2) == 0 || at + length > size) {
            copy[at] = (uint8_t)rng_next(rng);
        } else {
            memcpy(copy + at, word, length);
        }
    }
    run(copy, size);
    free(copy);
}

static void run_file(const char *path, struct rng *rng)
{
    _cleanup_(fclose_p) FILE *file = fopen(path, "r");
    assert(file && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    _cleanup_(free_p) uint8_t *data = must_calloc(size, 1);
    assert(fread(data, 1, size, file) == size);
    run(data, size);
    for (size_t i = 0; i < MUTANTS; i++) {
        mutate(data, size, rng);
        run(data, size * i / MUTANTS);
    }
}

int main(int argc, char **argv)
{
    struct rng rng = {.state = 1};
    for (int i = 1; i < argc; i++) {
        run_file(argv[i], &rng);
    }
    printf("%d files\n", argc - 1);
    return 0;
}
