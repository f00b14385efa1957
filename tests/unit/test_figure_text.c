/* SPDX-License-Identifier: MIT */
/* Numbers, names and the words of an SVG as people see them. */
#undef NDEBUG
#include "plots/format.h"
#include "plots/svg_text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void count_is(double value, const char *expected)
{
    char text[64];
    format_count(text, sizeof(text), value);
    if (strcmp(text, expected) != 0) {
        fprintf(stderr, "%g is %s, not %s\n", value, text, expected);
        abort();
    }
}

static void seconds_is(double value, const char *expected)
{
    char text[64];
    format_seconds(text, sizeof(text), value);
    if (strcmp(text, expected) != 0) {
        fprintf(stderr, "%g s is %s, not %s\n", value, text, expected);
        abort();
    }
}

static void numbers(void)
{
    count_is(0, "0");
    count_is(1, "1.00");
    count_is(0.0123, "0.0123");
    count_is(99.94, "99.9");
    count_is(99.96, "100");
    count_is(999.4, "999");
    count_is(999.6, "1.00 k");
    count_is(209123456, "209 M");
    count_is(5e15, "5000 T");
    count_is(-1500, "-1.50 k");
    seconds_is(14e-9, "14.0 ns");
    seconds_is(5.2e-3, "5.20 ms");
    seconds_is(0.9999, "1.00 s");
    seconds_is(0, "0 ns");
}

static void clean_is(const char *text, const char *expected)
{
    char out[32];
    format_clean(out, sizeof(out), text);
    assert(strcmp(out, expected) == 0);
}

static void names(void)
{
    clean_is("gil_threads:cpython3, k=1", "gil_threads:cpython3, k=1");
    clean_is("a\"`b`\"", "a''b''");
    clean_is("$(x) %s ^{ } \\n\n\t\x7f", "?(x) ?s ?? ? ?n???");
    clean_is("\xc3\xbc\xe2\x80\xae<&>", "?????");
    clean_is("0123456789012345678901234567890123456789",
             "0123456789012345678901234567890");
}

static void folds(void)
{
    assert(format_fold("one two three", 20) == 13);
    assert(format_fold("one two three", 9) == 7);
    assert(format_fold("one two three", 7) == 7);
    assert(format_fold("onetwothree", 4) == 4);
    assert(format_fold("", 4) == 0);
}

static void svg(void)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert(file);
    struct svg_text text = {
        .name = "fig", .title = "A & B", .description = "<1 \"x\">"};
    svg_text_rewrite("<svg\n x=\"1\">\n<title>figure</title>\n"
                     "<desc>Produced by GNUPLOT</desc>\n"
                     "<path id='gp'/><use xlink:href='#gp'/>"
                     "<g id=\"x\" fill='url(#p)'"
                     " stroke-linecap=\"butt\" stroke-linejoin=\"miter\""
                     " font-family=\"DejaVu Sans\"><title>plot_1</title>",
                     &text, file);
    assert(fclose(file) == 0);
    assert(strcmp(out,
                  "<svg role=\"img\" aria-labelledby=\"fig_title "
                  "fig_desc\"\n x=\"1\">\n"
                  "<title id=\"fig_title\">A &amp; B</title>\n"
                  "<desc id=\"fig_desc\">&lt;1 &quot;x&quot;&gt;</desc>\n"
                  "<path id='fig_gp'/><use xlink:href='#fig_gp'/>"
                  "<g id=\"fig_x\" fill='url(#fig_p)'"
                  " font-family=\"DejaVu Sans, Verdana, sans-serif\">") == 0);
    free(out);
}

/* A mark tells its value by a title, and nothing runs a script for it. */
static void svg_marks(void)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    assert(file);
    struct svg_text text = {.name = "fig", .title = "", .description = ""};
    svg_text_rewrite(
        "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'a: 1 &lt;"
        "b>')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> "
        "</title><use xlink:href='#gp'/></g>",
        &text, file);
    assert(fclose(file) == 0);
    assert(strcmp(out, "<g><title>a: 1 &lt;b?</title><use "
                       "xlink:href='#fig_gp'/></g>") == 0);
    free(out);
}

int main(void)
{
    numbers();
    names();
    folds();
    svg();
    svg_marks();
    return 0;
}
