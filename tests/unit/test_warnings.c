/* SPDX-License-Identifier: MIT */
/* A generator that had no time left is warned of, and all warnings are told. */
#undef NDEBUG
#include "bench/warnings.h"
#include "tests/unit/document_fixture.h"

/* How many warnings the document has after a repetition with these times. */
static size_t after(struct document *document, const char *cell,
                    const char *used, const char *wall)
{
    char text[128];
    snprintf(text, sizeof(text), "{\"generator_cpu_s\": %s, \"wall_s\": %s}",
             used, wall);
    json_t *repetition = parsed(text);
    warnings_of_generator(document, cell, repetition);
    json_decref(repetition);
    return json_array_size(document_warnings(document));
}

static void saturation(struct document *document)
{
    assert(after(document, "idle", "0.1", "0.5") == 0);
    assert(after(document, "nearly", "0.44", "0.5") == 0);
    assert(after(document, "without", "null", "0.5") == 0);
    assert(after(document, "lost", "null", "null") == 0);
    assert(after(document, "full", "0.45", "0.5") == 1);
    assert(after(document, "full", "0.5", "0.5") == 1); /* once a cell */
    assert(after(document, "full too", "0.5", "0.5") == 2);
}

static void stacks(struct document *document)
{
    size_t before = json_array_size(document_warnings(document));
    json_t *all = parsed("{\"loop\": {\"stacks\": 3, \"stacks_guarded\": 3}}");
    json_t *some = parsed("{\"loop\": {\"stacks\": 3, \"stacks_guarded\": 1}}");
    json_t *none = parsed("{\"loop\": null}");
    warnings_of_stacks(document, "all", all);
    warnings_of_stacks(document, "no loop", none);
    assert(json_array_size(document_warnings(document)) == before);
    warnings_of_stacks(document, "some", some);
    assert(json_array_size(document_warnings(document)) == before + 1);
    json_decref(all);
    json_decref(some);
    json_decref(none);
}

static void telling(const struct document *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    warnings_print(document_warnings(document), out);
    assert(fclose(out) == 0);
    assert(strstr(text, "warning: full: the load generator had no time left"));
    assert(strstr(text, "and 1 more like this"));
    assert(strstr(text, "rate_per_s"));
    assert(strstr(text, "some: 2 of 3 stacks have no guard page"));
    free(text);
}

int main(void)
{
    struct document *document = new_document(NULL, "0000000000000001");
    saturation(document);
    stacks(document);
    telling(document);
    document_free(document);
    return 0;
}
