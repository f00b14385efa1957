/* SPDX-License-Identifier: MIT */
/* The words, from docs/glossary.md, which is built into the program. */
#include "harness/base/cleanup.h"
#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "report/html.h"
#include "report/sections.h"

#include <string.h>

extern const struct embedded_file report_files[];

/* Plain text with `code`. */
static void put_words(FILE *out, char *text)
{
    bool code = false;
    for (char *rest = text, *piece; (piece = strsep(&rest, "`"));) {
        html_text(out, piece);
        if (rest) {
            fputs(code ? "</code>" : "<code>", out);
            code = !code;
        }
    }
    fputs(code ? "</code>" : "", out);
}

/* "| term | meaning |"; a heading or a line of dashes is none. */
static void put_row(FILE *out, char *line)
{
    char *term = line + 2;
    char *end = strstr(term, " | ");
    char *close = end ? strrchr(end, '|') : NULL;
    if (!end || close <= end + 3 || strncmp(term, "term ", 5) == 0 ||
        *term == '-') {
        return;
    }
    *end = '\0';
    *close = '\0';
    fputs("<div><dt>", out);
    put_words(out, term);
    fputs("</dt><dd>", out);
    put_words(out, end + 3);
    fputs("</dd></div>\n", out);
}

void report_glossary(const struct report *report)
{
    const struct embedded_file *file =
        embedded_find(report_files, "glossary.md");
    must(file != NULL);
    _cleanup_(free_p) char *copy = strdup((const char *)file->data);
    must(copy != NULL);
    fputs("<section id=\"glossary\" aria-labelledby=\"glossary-h\">\n"
          "<h2 id=\"glossary-h\">The words</h2>\n<dl class=\"words\">\n",
          report->out);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (strncmp(line, "| ", 2) == 0) {
            put_row(report->out, line);
        }
    }
    fputs("</dl>\n</section>\n", report->out);
}
