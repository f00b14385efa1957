/* SPDX-License-Identifier: MIT */
#include "plots/svg_text.h"

#include "harness/base/markup.h"

#include <string.h>

static void put_element(const struct svg_text *text, const char *element,
                        const char *content, FILE *out)
{
    fprintf(out, "<%s id=\"%s_%s\">", element, text->name, element);
    markup_escape(content, out);
    fprintf(out, "</%s>", element);
}

/* If `at` starts with `<ELEMENT>`, the place behind its end, else NULL. */
static const char *skip_element(const char *at, const char *element)
{
    char open[16], end[16];
    snprintf(open, sizeof(open), "<%s>", element);
    snprintf(end, sizeof(end), "</%s>", element);
    if (strncmp(at, open, strlen(open)) != 0) {
        return NULL;
    }
    const char *close = strstr(at, end);
    return close ? close + strlen(end) : NULL;
}

/* Where ids are made or meant: the name goes between the two. */
static size_t id_prefix(const char *at)
{
    static const char *const prefixes[] = {" id='", " id=\"", "url(#",
                                           "href='#", "href=\"#"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(at, prefixes[i], n) == 0) {
            return n;
        }
    }
    return 0;
}

/* Puts the element once; gnuplot has a title for every part of a plot. */
static const char *rewrite_element(const char *at, const char *element,
                                   const struct svg_text *text,
                                   const char **content, FILE *out)
{
    const char *end = skip_element(at, element);
    if (end && *content) {
        put_element(text, element, *content, out);
        *content = NULL;
    }
    return end;
}

/* gnuplot would tell the value of a mark by a script of its own; a title tells
 * it without one. */
static const char *rewrite_hypertext(const char *at, FILE *out)
{
    static const char begin[] =
        "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'";
    static const char middle[] = "')\" onmouseout=\"";
    static const char end[] = "<title> </title>";
    if (strncmp(at, begin, sizeof(begin) - 1) != 0) {
        return NULL;
    }
    const char *text = at + sizeof(begin) - 1;
    const char *close = strstr(text, middle);
    const char *next = close ? strstr(close, end) : NULL;
    if (!next) {
        return NULL;
    }
    fputs("<g><title>", out);
    for (; text < close; text++) { /* the rest is escaped already */
        fputc(*text == '<' || *text == '>' ? '?' : *text, out);
    }
    fputs("</title>", out);
    return next + sizeof(end) - 1;
}

/* Replaces what stands at `at`, if it is one of the things to replace. What is
 * put once is taken out of `text`. */
static const char *rewrite_at(const char *at, struct svg_text *text, FILE *out)
{
    static const char font[] = "font-family=\"DejaVu Sans\"";
    /* Said of every group, and what SVG takes by itself. */
    static const char usual[] =
        " stroke-linecap=\"butt\" stroke-linejoin=\"miter\"";
    size_t n = id_prefix(at);
    if (n > 0) {
        fprintf(out, "%.*s%s_", (int)n, at, text->name);
        return at + n;
    }
    const char *end = rewrite_hypertext(at, out);
    if (!end) {
        end = rewrite_element(at, "title", text, &text->title, out);
    }
    if (!end) {
        end = rewrite_element(at, "desc", text, &text->description, out);
    }
    if (end) {
        return end;
    }
    if (strncmp(at, "<svg", 4) == 0) {
        fprintf(out, "<svg role=\"img\" aria-labelledby=\"%s_title %s_desc\"",
                text->name, text->name);
        return at + 4;
    }
    if (strncmp(at, usual, sizeof(usual) - 1) == 0) {
        return at + sizeof(usual) - 1;
    }
    if (strncmp(at, font, sizeof(font) - 1) == 0) {
        fputs("font-family=\"DejaVu Sans, Verdana, sans-serif\"", out);
        return at + sizeof(font) - 1;
    }
    return NULL;
}

void svg_text_rewrite(const char *source, const struct svg_text *text,
                      FILE *out)
{
    struct svg_text left = *text;
    for (const char *at = source; *at;) {
        const char *next = rewrite_at(at, &left, out);
        if (next) {
            at = next;
        } else {
            fputc(*at++, out);
        }
    }
}

/* If a namespace is declared at `at`, the place behind it, else NULL. */
static const char *skip_namespace(const char *at)
{
    if (strncmp(at, "xmlns", 5) != 0) {
        return NULL;
    }
    const char *open = strchr(at, '"');
    const char *close = open ? strchr(open + 1, '"') : NULL;
    return close ? close + 1 : NULL;
}

void svg_text_rewrite_inline(const char *source, const struct svg_text *text,
                             FILE *out)
{
    struct svg_text left = *text;
    const char *at = strstr(source, "<svg");
    const char *body = at ? strchr(at, '>') : NULL;
    while (at && *at) {
        const char *next = at < body ? skip_namespace(at) : NULL;
        next = next ? next : rewrite_at(at, &left, out);
        if (next) {
            at = next;
        } else {
            fputc(*at++, out);
        }
    }
}
