/* SPDX-License-Identifier: MIT */
/*
 * A compiled schema, between json_schema.c (compiles) and
 * json_schema_check.c (checks). Strings and constants point into the schema's
 * own parsed document.
 */
#pragma once

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SCHEMA_NULL = 1u << 0,
    SCHEMA_BOOLEAN = 1u << 1,
    SCHEMA_INTEGER = 1u << 2,
    SCHEMA_NUMBER = 1u << 3,
    SCHEMA_STRING = 1u << 4,
    SCHEMA_ARRAY = 1u << 5,
    SCHEMA_OBJECT = 1u << 6,
};

struct schema_node;

struct schema_list {
    struct schema_node **nodes;
    size_t n;
};

struct schema_node {
    bool never;     /* the schema `false` */
    unsigned types; /* 0: any */
    const json_t *constant;
    const json_t *choices; /* enum */

    /* Objects; names[i] is the key of properties.nodes[i]. */
    struct schema_list properties;
    const char **names;
    const json_t *required;
    struct schema_node *additional;
    struct schema_node *property_names;

    /* Arrays. */
    struct schema_node *items;
    struct schema_list prefix;
    size_t min_items;
    size_t max_items;

    /* Numbers; infinite where not given. */
    double minimum;
    double maximum;
    double exclusive_minimum;

    /* Strings. */
    size_t min_length;
    size_t max_length;
    const char *pattern;
    regex_t regex;

    /* Combinations. */
    struct schema_list any_of;
    struct schema_list one_of;
    struct schema_list all_of;
    struct schema_node *condition; /* if */
    struct schema_node *then;
    struct schema_node *otherwise;
    const char *ref; /* name of the definition */
    struct schema_node *target;
};

struct json_schema {
    json_t *json;
    const char *name;
    struct schema_node *root;
    struct schema_list defs;
    const char **def_names;
    struct schema_list all; /* every node, for $ref and for the end */
};

/* The words of the `type` keyword in the order of the bits; NULL-ended. */
extern const char *const schema_type_names[];

/* The definition by name, or NULL. */
struct schema_node *schema_def(const struct json_schema *schema,
                               const char *name);
