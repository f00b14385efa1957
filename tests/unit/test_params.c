/* SPDX-License-Identifier: MIT */
/* Values from text and back: numbers, words and texts. */
#undef NDEBUG
#include "harness/base/intern.h"
#include "harness/exec/params.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const colours[] = {"red", "green", NULL};

static const struct param table[] = {
    {.name = "count", .unit = "tasks", .def = 5, .min = 1, .max = 10},
    {.name = "colour", .unit = "", .choices = colours, .def = 1},
    {.name = "path", .unit = "", .text = true},
    {0},
};

static struct params defaults(void)
{
    struct params params = {0};
    params_add(&params, table);
    return params;
}

static void has(const struct params *params, const char *name,
                const char *expected)
{
    char text[PARAM_FORMAT_SIZE];
    param_format(params_find(params, name), params_get(params, name), text,
                 sizeof(text));
    assert(strcmp(text, expected) == 0);
}

static void refused(const char *name, const char *text, const char *word)
{
    struct params params = defaults();
    struct diag diag;
    assert(params_set(&params, name, text, &diag) == -EINVAL);
    assert(strstr(diag.text, name) && strstr(diag.text, word));
}

static void values(void)
{
    struct params params = defaults();
    has(&params, "count", "5");
    has(&params, "colour", "green");
    has(&params, "path", "");
    assert(params_set(&params, "count", "10", NULL) == 0);
    assert(params_set(&params, "colour", "red", NULL) == 0);
    assert(params_set(&params, "path", "/a/b-1.so", NULL) == 0);
    assert(params_set(&params, "nothing", "1", NULL) == -ENOENT);
    has(&params, "count", "10");
    has(&params, "colour", "red");
    has(&params, "path", "/a/b-1.so");
    assert(params_get_or(&params, "nothing", 3) == 3);
    refused("count", "11", "1 to 10");
    refused("count", "x", "whole number");
    refused("colour", "blue", "red, green");
}

/* Plain data: a copy has the text, and equal texts are equal numbers. */
static void texts(void)
{
    struct params a = defaults();
    struct params b = defaults();
    char path[] = "/some/path";
    assert(params_set(&a, "path", path, NULL) == 0);
    path[1] = 'S';
    assert(params_set(&b, "path", "/some/path", NULL) == 0);
    assert(params_get(&a, "path") == params_get(&b, "path"));
    struct params copy = a;
    assert(strcmp(params_text(&copy, "path"), "/some/path") == 0);
    assert(params_set(&b, "path", path, NULL) == 0);
    assert(params_get(&a, "path") != params_get(&b, "path"));
    assert(params_set(&b, "path", "", NULL) == 0);
    assert(params_get(&b, "path") == table[2].def);
    assert(intern("") == 0 && *interned(0) == '\0');
}

/* In an id every "/NAME=" begins a parameter, and --set splits at commas. */
static void bad_texts(void)
{
    refused("path", "/a=b", "link");
    refused("path", "/a,b", "link");
    refused("path", "/a b", "link");
    refused("path", "/a:b", "link");
    refused("path", "/a\nb", "link");
    refused("path", "/\xc3\xa9", "link");
    char text[PARAM_TEXT_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[PARAM_TEXT_MAX + 1] = '\0';
    refused("path", text, "longer");
    text[PARAM_TEXT_MAX] = '\0';
    struct params params = defaults();
    assert(params_set(&params, "path", text, NULL) == 0);
    has(&params, "path", text);
}

int main(void)
{
    values();
    texts();
    bad_texts();
    return 0;
}
