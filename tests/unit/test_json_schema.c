/* SPDX-License-Identifier: MIT */
/* The validator, keyword by keyword, and that our own schemas compile. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "harness/record/json_schema.h"
#include "harness/record/schemas.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A schema, a value, and what is said of it; NULL: it is right. */
struct trial {
    const char *schema;
    const char *value;
    const char *says;
};

static const struct trial trials[] = {
    {"{}", "[1]", NULL},
    {"true", "1", NULL},
    {"false", "1", "/: nothing is allowed here"},
    {"{\"type\":\"integer\"}", "4", NULL},
    {"{\"type\":\"integer\"}", "4.0", NULL},
    {"{\"type\":\"integer\"}", "4.5", "/: expected integer, found 4.5"},
    {"{\"type\":\"integer\"}", "\"4\"", "/: expected integer, found \"4\""},
    {"{\"type\":\"number\"}", "4", NULL},
    {"{\"type\":[\"string\",\"null\"]}", "null", NULL},
    {"{\"type\":[\"string\",\"null\"]}", "[]",
     "/: expected null or string, found an array"},
    {"{\"enum\":[\"ok\",\"failed\"]}", "\"failed\"", NULL},
    {"{\"enum\":[\"ok\",\"failed\"]}", "\"no\"",
     "/: expected one of \"ok\", \"failed\"; found \"no\""},
    {"{\"const\":1}", "1.0", NULL},
    {"{\"const\":1}", "2", "/: expected 1, found 2"},
    {"{\"minimum\":0}", "-1", "/: -1 is below the minimum of 0"},
    {"{\"minimum\":0}", "\"text\"", NULL},
    {"{\"maximum\":3}", "3", NULL},
    {"{\"maximum\":3}", "3.5", "/: 3.5 is above the maximum of 3"},
    {"{\"exclusiveMinimum\":0}", "0", "/: 0 is not above 0"},
    {"{\"minLength\":2}", "\"\xc3\xa9\"",
     "/: a text of 1 characters is too short"},
    {"{\"maxLength\":2}", "\"\xc3\xa9\xc3\xa9\"", NULL},
    {"{\"maxLength\":2}", "\"abc\"", "/: a text of 3 characters is too long"},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", NULL},
    {"{\"pattern\":\"^[a-z]+$\"}", "\"a;b\"",
     "/: \"a;b\" does not match ^[a-z]+$"},
    {"{\"minItems\":1}", "[]", "/: 0 elements are too few"},
    {"{\"maxItems\":1}", "[1,2]", "/: 2 elements are too many"},
    {"{\"items\":{\"type\":\"null\"}}", "[null,1]",
     "/1: expected null, found 1"},
    {"{\"prefixItems\":[{\"type\":\"null\"}],\"items\":false}", "[null]", NULL},
    {"{\"prefixItems\":[{\"type\":\"null\"}],\"items\":false}", "[null,1]",
     "/1: nothing is allowed here"},
    {"{\"required\":[\"a\"]}", "{\"b\":1}", "/: \"a\" is missing"},
    {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"a\":1}",
     "/a: expected null, found 1"},
    {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":1}",
     "/b: unknown key"},
    {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"x/y~z\":1}",
     "/x~1y~0z: expected null, found 1"},
    {"{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}",
     "/ab: a text of 2 characters is too long"},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"integer\"}]}", "1", NULL},
    {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"integer\"}]}", "\"x\"",
     "/: \"x\" is of none of the types allowed here"},
    /* The branch that was meant is the one that is told. */
    {"{\"anyOf\":[{\"type\":\"null\"},{\"required\":[\"a\"],"
     "\"type\":\"object\"}]}",
     "{}", "/: \"a\" is missing"},
    {"{\"oneOf\":[{\"minimum\":0},{\"maximum\":9}]}", "5",
     "/: fits more than one allowed form"},
    {"{\"oneOf\":[{\"minimum\":0},{\"maximum\":9}]}", "12", NULL},
    {"{\"allOf\":[{\"minimum\":0},{\"maximum\":9}]}", "12",
     "/: 12 is above the maximum of 9"},
    {"{\"if\":{\"properties\":{\"s\":{\"const\":\"ok\"}}},"
     "\"then\":{\"required\":[\"t\"]},\"else\":{\"required\":[\"e\"]}}",
     "{\"s\":\"ok\"}", "/: \"t\" is missing"},
    {"{\"if\":{\"properties\":{\"s\":{\"const\":\"ok\"}}},"
     "\"then\":{\"required\":[\"t\"]},\"else\":{\"required\":[\"e\"]}}",
     "{\"s\":\"no\"}", "/: \"e\" is missing"},
    {"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"null\"}}}", "0",
     "/: expected null, found 0"},
    /* A recursive schema. */
    {"{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"items\":{\"$ref\":"
     "\"#/$defs/t\"},\"type\":\"array\"}}}",
     "[[],[[]],[[1]]]", "/2/0/0: expected array, found 1"},
    /* Data cannot forge a line. */
    {"{\"type\":\"null\"}", "\"a\\nb\"", "/: expected null, found \"a?b\""},
};

static void check_trial(const struct trial *trial)
{
    struct json_schema *schema = NULL;
    struct diag diag = {{0}};
    int r = json_schema_new("test", trial->schema, strlen(trial->schema),
                            &schema, &diag);
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", trial->schema, diag.text);
    }
    assert(r == 0);
    json_t *value = json_loads(trial->value, JSON_DECODE_ANY, NULL);
    assert(value);
    r = json_schema_check(schema, NULL, value, &diag);
    if (r != (trial->says ? -EINVAL : 0) ||
        (trial->says && strcmp(diag.text, trial->says) != 0)) {
        fprintf(stderr, "%s over %s: %d \"%s\", wanted \"%s\"\n", trial->schema,
                trial->value, r, diag.text, trial->says ? trial->says : "");
        assert(0);
    }
    json_decref(value);
    json_schema_free(schema);
}

/* What the validator does not know it refuses to have checked. */
static void bad_schemas(void)
{
    static const char *const schemas_bad[] = {
        "{\"uniqueItems\":true}",
        "{\"properties\":{\"a\":{\"multipleOf\":2}}}",
        "{\"type\":\"int\"}",
        "{\"type\":3}",
        "{\"pattern\":\"[\"}",
        "{\"minimum\":\"0\"}",
        "{\"minItems\":1.5}",
        "{\"$ref\":\"#/$defs/missing\"}",
        "{\"$ref\":\"other.json\"}",
        "{\"anyOf\":[]}",
        "{\"anyOf\":{}}",
        "{\"properties\":[]}",
        "{\"items\":3}",
        "3",
        "{\"type\":",
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(schemas_bad); i++) {
        struct json_schema *schema = NULL;
        struct diag diag = {{0}};
        assert(json_schema_new("test", schemas_bad[i], strlen(schemas_bad[i]),
                               &schema, &diag) == -EINVAL);
        assert(schema == NULL && strncmp(diag.text, "test: ", 6) == 0);
    }
}

static void our_schemas(void)
{
    for (const struct embedded_file *file = schemas; file->name; file++) {
        struct json_schema *schema = NULL;
        struct diag diag = {{0}};
        if (json_schema_new(file->name, (const char *)file->data, file->size,
                            &schema, &diag) < 0) {
            fprintf(stderr, "%s\n", diag.text);
            assert(0);
        }
        json_schema_free(schema);
    }
    assert(embedded_find(schemas, "result.json"));
    assert(embedded_find(schemas, "plan.json"));
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        check_trial(&trials[i]);
    }
    bad_schemas();
    our_schemas();
    json_schema_free(NULL);
    return 0;
}
