/* SPDX-License-Identifier: MIT */
#include "harness/base/must.h"
#include "harness/record/json_schema.h"
#include "harness/record/json_schema_node.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where in the document: a chain on the stack, so that going down is free and
 * only a failure pays for the text. */
struct place {
    const struct place *up;
    const char *key; /* NULL: an array's element */
    size_t index;
    size_t depth;
};

/* NULL in its stead: nobody wants to know the reason. */
struct failure {
    struct diag diag;
    size_t depth; /* of the place */
};

struct checker {
    const struct json_schema *schema;
    struct failure *failure;
};

static int check(const struct checker *checker, const struct schema_node *node,
                 const json_t *value, const struct place *place);

/* The JSON pointer of a place (RFC 6901). */
static size_t place_format(const struct place *place, char *text, size_t size)
{
    if (!place->up) {
        text[0] = '\0';
        return 0;
    }
    size_t used = place_format(place->up, text, size);
    if (!place->key) {
        used +=
            (size_t)snprintf(text + used, size - used, "/%zu", place->index);
        return used < size ? used : size - 1;
    }
    const char *key = place->key;
    if (used + 1 < size) {
        text[used++] = '/';
    }
    for (; *key && used + 2 < size; key++) {
        if (*key == '~' || *key == '/') {
            text[used++] = '~';
            text[used++] = *key == '~' ? '0' : '1';
        } else {
            text[used++] = *key;
        }
    }
    text[used] = '\0';
    return used;
}

__attribute__((format(printf, 3, 4))) static int fail(
    const struct checker *checker, const struct place *place,
    const char *format, ...)
{
    struct failure *failure = checker->failure;
    if (!failure) {
        return -EINVAL;
    }
    char where[400];
    char what[400];
    place_format(place, where, sizeof(where));
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    failure->depth = place->depth;
    return diag_set(&failure->diag, -EINVAL, "%s: %s", *where ? where : "/",
                    what);
}

/* A value in a few words, as data: shortened, never in full. */
static void show(const json_t *value, char *text, size_t size)
{
    switch (json_typeof(value)) {
    case JSON_STRING: {
        const char *s = json_string_value(value);
        size_t n = strlen(s);
        size_t cut = n > 40 ? 40 : n;
        while (cut < n && cut > 0 && ((unsigned char)s[cut] & 0xc0) == 0x80) {
            cut--;
        }
        snprintf(text, size, "\"%.*s%s\"", (int)cut, s, cut < n ? "..." : "");
        return;
    }
    case JSON_INTEGER:
        snprintf(text, size, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
        return;
    case JSON_REAL:
        snprintf(text, size, "%.12g", json_real_value(value));
        return;
    case JSON_ARRAY:
        snprintf(text, size, "an array");
        return;
    case JSON_OBJECT:
        snprintf(text, size, "an object");
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
        return;
    case JSON_NULL:
        snprintf(text, size, "null");
        return;
    }
}

static unsigned types_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        return SCHEMA_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return SCHEMA_BOOLEAN;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL: {
        double real = json_real_value(value);
        return real == floor(real) ? SCHEMA_INTEGER | SCHEMA_NUMBER
                                   : SCHEMA_NUMBER;
    }
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    }
    return 0;
}

static int fail_type(const struct checker *checker,
                     const struct schema_node *node, const json_t *value,
                     const struct place *place)
{
    char expected[100] = "";
    char found[64];
    for (unsigned i = 0; schema_type_names[i]; i++) {
        if (node->types & (1u << i)) {
            size_t used = strlen(expected);
            snprintf(expected + used, sizeof(expected) - used, "%s%s",
                     used ? " or " : "", schema_type_names[i]);
        }
    }
    show(value, found, sizeof(found));
    return fail(checker, place, "expected %s, found %s", expected, found);
}

/* As the standard has it, 1 and 1.0 are the same value. */
static bool same(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) {
        return json_number_value(a) == json_number_value(b);
    }
    return json_equal(a, b);
}

static int check_constants(const struct checker *checker,
                           const struct schema_node *node, const json_t *value,
                           const struct place *place)
{
    char found[64];
    char expected[200] = "";
    if (node->constant && !same(node->constant, value)) {
        show(node->constant, expected, sizeof(expected));
        show(value, found, sizeof(found));
        return fail(checker, place, "expected %s, found %s", expected, found);
    }
    size_t i;
    const json_t *choice;
    json_array_foreach((json_t *)node->choices, i, choice)
    {
        if (same(choice, value)) {
            return 0;
        }
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof(expected) - used, "%s",
                 used ? ", " : "");
        used = strlen(expected);
        show(choice, expected + used, sizeof(expected) - used);
    }
    if (node->choices) {
        show(value, found, sizeof(found));
        return fail(checker, place, "expected one of %s; found %s", expected,
                    found);
    }
    return 0;
}

static int check_number(const struct checker *checker,
                        const struct schema_node *node, const json_t *value,
                        const struct place *place)
{
    double number = json_number_value(value);
    if (number < node->minimum) {
        return fail(checker, place, "%.12g is below the minimum of %.12g",
                    number, node->minimum);
    }
    if (number > node->maximum) {
        return fail(checker, place, "%.12g is above the maximum of %.12g",
                    number, node->maximum);
    }
    if (number <= node->exclusive_minimum) {
        return fail(checker, place, "%.12g is not above %.12g", number,
                    node->exclusive_minimum);
    }
    return 0;
}

static int check_string(const struct checker *checker,
                        const struct schema_node *node, const json_t *value,
                        const struct place *place)
{
    const char *text = json_string_value(value);
    size_t characters = 0;
    for (const char *c = text; *c; c++) {
        characters += ((unsigned char)*c & 0xc0) != 0x80;
    }
    if (characters < node->min_length || characters > node->max_length) {
        return fail(checker, place, "a text of %zu characters is too %s",
                    characters,
                    characters < node->min_length ? "short" : "long");
    }
    if (node->pattern && regexec(&node->regex, text, 0, NULL, 0) != 0) {
        char found[64];
        show(value, found, sizeof(found));
        return fail(checker, place, "%s does not match %s", found,
                    node->pattern);
    }
    return 0;
}

static int check_array(const struct checker *checker,
                       const struct schema_node *node, const json_t *value,
                       const struct place *place)
{
    size_t n = json_array_size(value);
    if (n < node->min_items || n > node->max_items) {
        return fail(checker, place, "%zu elements are too %s", n,
                    n < node->min_items ? "few" : "many");
    }
    for (size_t i = 0; i < n; i++) {
        const struct schema_node *item =
            i < node->prefix.n ? node->prefix.nodes[i] : node->items;
        struct place down = {
            .up = place, .index = i, .depth = place->depth + 1};
        int r =
            item ? check(checker, item, json_array_get(value, i), &down) : 0;
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int check_required(const struct checker *checker,
                          const struct schema_node *node, const json_t *value,
                          const struct place *place)
{
    size_t i;
    const json_t *name;
    json_array_foreach((json_t *)node->required, i, name)
    {
        if (!json_object_get(value, json_string_value(name))) {
            return fail(checker, place, "\"%s\" is missing",
                        json_string_value(name));
        }
    }
    return 0;
}

/* What a member must be: its own schema, else that of all others. */
static const struct schema_node *member(const struct schema_node *node,
                                        const char *key)
{
    for (size_t i = 0; i < node->properties.n; i++) {
        if (strcmp(node->names[i], key) == 0) {
            return node->properties.nodes[i];
        }
    }
    return node->additional;
}

static int check_name(const struct checker *checker,
                      const struct schema_node *node, const char *key,
                      const struct place *down)
{
    if (!node->property_names) {
        return 0;
    }
    json_t *name = json_string(key);
    must(name != NULL);
    int r = check(checker, node->property_names, name, down);
    json_decref(name);
    return r;
}

static int check_object(const struct checker *checker,
                        const struct schema_node *node, const json_t *value,
                        const struct place *place)
{
    int r = check_required(checker, node, value, place);
    if (r < 0) {
        return r;
    }
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)value, key, item)
    {
        struct place down = {
            .up = place, .key = key, .depth = place->depth + 1};
        const struct schema_node *schema = member(node, key);
        if (schema && schema == node->additional && schema->never) {
            return fail(checker, &down, "unknown key");
        }
        r = check_name(checker, node, key, &down);
        r = r < 0 || !schema ? r : check(checker, schema, item, &down);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static bool accepts_type(const struct schema_node *node, unsigned types)
{
    while (node->target) {
        node = node->target;
    }
    return !node->never && (!node->types || (node->types & types));
}

/*
 * How many branches match, up to two. If none does, the failure told is that
 * of the branch the value most likely was meant for: one of its type, the one
 * where it came furthest.
 */
static unsigned matches(const struct checker *checker,
                        const struct schema_list *branches, const json_t *value,
                        const struct place *place)
{
    unsigned types = types_of(value);
    unsigned found = 0;
    bool told = false;
    for (size_t i = 0; i < branches->n && found < 2; i++) {
        if (!accepts_type(branches->nodes[i], types)) {
            continue;
        }
        struct failure failure = {.depth = 0};
        struct checker inner = {
            .schema = checker->schema,
            .failure = checker->failure ? &failure : NULL,
        };
        if (check(&inner, branches->nodes[i], value, place) == 0) {
            found++;
        } else if (checker->failure &&
                   (!told || failure.depth > checker->failure->depth)) {
            *checker->failure = failure;
            told = true;
        }
    }
    if (!found && !told) {
        char text[64];
        show(value, text, sizeof(text));
        fail(checker, place, "%s is of none of the types allowed here", text);
    }
    return found;
}

static int check_combined(const struct checker *checker,
                          const struct schema_node *node, const json_t *value,
                          const struct place *place)
{
    int r = node->target ? check(checker, node->target, value, place) : 0;
    for (size_t i = 0; r == 0 && i < node->all_of.n; i++) {
        r = check(checker, node->all_of.nodes[i], value, place);
    }
    if (r == 0 && node->condition) {
        const struct checker quiet = {.schema = checker->schema};
        const struct schema_node *next =
            check(&quiet, node->condition, value, place) == 0 ? node->then
                                                              : node->otherwise;
        r = next ? check(checker, next, value, place) : 0;
    }
    if (r == 0 && node->any_of.n &&
        matches(checker, &node->any_of, value, place) == 0) {
        return -EINVAL;
    }
    if (r == 0 && node->one_of.n) {
        unsigned n = matches(checker, &node->one_of, value, place);
        r = n == 1   ? 0
            : n == 0 ? -EINVAL
                     : fail(checker, place, "fits more than one allowed form");
    }
    return r;
}

static int check(const struct checker *checker, const struct schema_node *node,
                 const json_t *value, const struct place *place)
{
    if (node->never) {
        return fail(checker, place, "nothing is allowed here");
    }
    if (node->types && !(node->types & types_of(value))) {
        return fail_type(checker, node, value, place);
    }
    int r = 0;
    if (node->constant || node->choices) {
        r = check_constants(checker, node, value, place);
    }
    if (r == 0 && json_is_object(value)) {
        r = check_object(checker, node, value, place);
    } else if (r == 0 && json_is_array(value)) {
        r = check_array(checker, node, value, place);
    } else if (r == 0 && json_is_string(value)) {
        r = check_string(checker, node, value, place);
    } else if (r == 0 && json_is_number(value)) {
        r = check_number(checker, node, value, place);
    }
    return r < 0 ? r : check_combined(checker, node, value, place);
}

int json_schema_check(const struct json_schema *schema, const char *def,
                      const json_t *value, struct diag *diag)
{
    const struct schema_node *node =
        def ? schema_def(schema, def) : schema->root;
    must(node != NULL);
    struct failure failure = {.depth = 0};
    const struct checker checker = {.schema = schema, .failure = &failure};
    const struct place root = {.depth = 0};
    if (check(&checker, node, value, &root) < 0) {
        return diag_set(diag, -EINVAL, "%s", failure.diag.text);
    }
    return 0;
}
