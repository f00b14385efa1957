/* SPDX-License-Identifier: MIT */
/*
 * Whatever a result document holds that keeps to the schema, claims are judged
 * and told as text, JSON, HTML and Markdown; two of them stand beside each
 * other. The page stays well-formed, has no element, attribute or address that
 * we did not write, and no text a byte by which a terminal could be talked into
 * more. Charts are without pictures here: their data is made, gnuplot is not
 * run. See driver.c for how this runs.
 */
#undef NDEBUG
#include "bench/verdict_text.h"
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "report/changes.h"
#include "report/report.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define DEPTH 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No control characters: neither bytes nor those of two bytes (C1). */
static void is_tame(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        assert((*c >= 0x20 || *c == '\n') && *c != 0x7f);
        assert(*c != 0xc2 || c[1] >= 0xa0);
    }
}

/* An attribute: of a name that we use, and no address but a place in the page
 * or data. */
static const char *skip_attribute(const char *at)
{
    size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789-_:");
    assert(n > 0 && strncmp(at, "on", 2) != 0 && strncmp(at, "style", 5) != 0);
    bool address = strncmp(at, "href", 4) == 0 || strncmp(at, "src", 3) == 0;
    at += n;
    if (*at != '=') {
        return at;
    }
    assert(at[1] == '"');
    const char *end = strchr(at + 2, '"');
    assert(end != NULL && !memchr(at + 2, '<', (size_t)(end - at - 2)));
    assert(!address || at[2] == '#' || strncmp(at + 2, "data:", 5) == 0);
    return end + 1;
}

/* Elements close in the order in which they were opened. */
static void is_well_formed(const char *page)
{
    static const char *const empty[] = {"meta", "link", "br"};
    struct {
        const char *name;
        size_t n;
    } open[DEPTH];
    size_t depth = 0;
    const char *at = strchr(page + 1, '<'); /* behind the doctype */
    while (at) {
        bool closes = at[1] == '/';
        const char *name = at + 1 + closes;
        size_t n = strcspn(name, " />\n");
        at = name + n;
        for (at += strspn(at, " \n"); *at != '>' && *at != '/';
             at += strspn(at, " \n")) {
            at = skip_attribute(at);
        }
        bool single = *at == '/';
        for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
            single |= strlen(empty[i]) == n && !strncmp(empty[i], name, n);
        }
        if (closes) {
            assert(depth > 0 && open[depth - 1].n == n);
            assert(strncmp(open[--depth].name, name, n) == 0);
        } else if (!single) {
            assert(depth < DEPTH);
            open[depth].name = name;
            open[depth++].n = n;
        }
        bool raw = !closes && (strncmp(name, "style", 5) == 0 ||
                               strncmp(name, "script", 6) == 0);
        at = raw ? strstr(at, "</s") : strchr(at, '<');
    }
    assert(depth == 0);
}

typedef int writer(const struct report_request *request, FILE *out,
                   struct diag *diag);

static char *write_page(writer *writes, const struct report_request *request)
{
    char *text = NULL;
    size_t size = 0;
    struct diag diag = {{0}};
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    int r = writes(request, out, &diag);
    must(fclose(out) == 0);
    assert(r == 0 && strlen(text) == size);
    is_tame(text);
    return text;
}

static void tell(const json_t *document)
{
    char *text = NULL;
    size_t size = 0, counts[4];
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    verdict_print(document, out, false, counts);
    verdict_print_short(document, out, false);
    json_t *verdict = claims_to_json(document);
    assert(verdict && json_dumpf(verdict, out, JSON_INDENT(1)) == 0);
    json_decref(verdict);
    must(fclose(out) == 0);
    is_tame(text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag diag = {{0}};
    _cleanup_(json_decref_p) json_t *document =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (!document || document_check(document, "fuzz", &diag) < 0) {
        return 0;
    }
    tell(document);
    struct report_request request = {.document = document, .name = "<fuzz>"};
    for (int two = 0; two < 2; two++) {
        _cleanup_(report_changes_free) struct report_changes changes = {0};
        if (two) {
            report_changes_of(document, "a\"b", document, "c", &changes);
            request.other = document;
            request.other_name = "a\"b";
            request.changes = &changes;
        }
        _cleanup_(free_p) char *page = write_page(report_html, &request);
        _cleanup_(free_p) char *text = write_page(report_markdown, &request);
        is_well_formed(page);
    }
    return 0;
}
