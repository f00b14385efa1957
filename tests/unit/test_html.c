/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "report/html.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What a writer makes of a text; the caller frees. */
static char *made(void (*write)(FILE *, const char *), const char *text)
{
    char *result = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&result, &size);
    assert(out);
    write(out, text);
    assert(fclose(out) == 0);
    return result;
}

static void expect(void (*write)(FILE *, const char *), const char *text,
                   const char *wanted)
{
    _cleanup_(free_p) char *got = made(write, text);
    if (strcmp(got, wanted) != 0) {
        fprintf(stderr, "%s: %s instead of %s\n", text, got, wanted);
        abort();
    }
}

static void html(void)
{
    expect(html_text, "plain ü", "plain ü");
    expect(html_text, "<b a=\"1\" c='2'>&amp;",
           "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    expect(html_text, "a\nb\033[31m\x7f", "a?b?[31m?");
    expect(html_text,
           "\xe2\x80\xae"
           "evil \xff",
           "?evil ?");
    expect(html_text, "", "");
}

/* Long texts are cut, and never within a character or an entity. */
static void long_texts(void)
{
    for (size_t offset = 0; offset < 4; offset++) {
        _cleanup_(free_p) char *text = must_calloc(5000, 1);
        memset(text, '<', offset);
        for (size_t i = offset; i + 3 < 4999; i += 3) {
            memcpy(text + i, "€", 3);
        }
        _cleanup_(free_p) char *got = made(html_text, text);
        assert(!strchr(got, '?'));
        assert(strcmp(got + strlen(got) - 3, "...") == 0);
        assert(strlen(got) <= HTML_TEXT_MAX + 3 * offset + 3);
    }
}

static void csv(void)
{
    expect(html_csv, "a,b", "%22a,b%22");
    expect(html_csv, "say \"x\"", "%22say%20%22%22x%22%22%22");
    expect(html_csv, "=1+1", "%22%27=1+1%22");
    expect(html_csv, "@SUM(1)", "%22%27%40SUM%281%29%22");
    expect(html_csv, "#<&>'", "%22%23%3C%26%3E%27%22");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    html_csv_number(out, 0.1);
    html_csv_number(out, NAN);
    html_csv_number(out, INFINITY);
    assert(fclose(out) == 0);
    assert(strcmp(text, "0.1") == 0);
    free(text);
}

static void markdown(void)
{
    expect(markdown_text, "a-b (c) 1.5: 2", "a-b (c) 1.5: 2");
    expect(markdown_text, "[x](http://y)", "\\[x\\](http&#58;//y)");
    expect(markdown_text, "<b> & @me", "&#60;b&#62; &#38; &#64;me");
    expect(markdown_text, "a_b*c`d|e\\#1", "a\\_b\\*c\\`d\\|e\\\\\\#1");
    expect(markdown_text, "www.example", "www&#46;example");
    expect(markdown_text, "line\nbreak", "line?break");
}

int main(void)
{
    html();
    long_texts();
    csv();
    markdown();
    return 0;
}
