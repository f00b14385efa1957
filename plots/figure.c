/* SPDX-License-Identifier: MIT */
#include "plots/figure.h"

#include "harness/base/cleanup.h"
#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "plots/figure_spec.h"
#include "plots/figure_text.h"
#include "plots/figure_write.h"
#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/scratch.h"
#include "plots/svg_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TERM_WIDTH 98

extern const struct embedded_file figure_files[];

const char *const figure_formats[FIGURE_FORMATS] = {"svg", "png", "pdf",
                                                    "term"};

const char *const figure_names[] = {
#define X(name) #name,
#include "figure_list.h"
#undef X
    NULL};

/* All that belongs to a drawing in progress. */
struct drawing {
    const struct figure_request *request;
    struct figure_spec spec;
    struct figure_data data;
    struct figure_caption caption;
    struct scratch scratch;
    bool bare; /* how to read it stands elsewhere */
};

static const struct embedded_file *source_of(const char *name)
{
    char file[FIGURE_WORD];
    snprintf(file, sizeof(file), "%s.gp", name);
    return embedded_find(figure_files, file);
}

char *figure_title(const char *name)
{
    struct figure_spec spec;
    const struct embedded_file *source = source_of(name);
    if (!source ||
        figure_spec_parse(name, (const char *)source->data, &spec, NULL) < 0) {
        return NULL;
    }
    char *title = strdup(spec.title);
    must(title != NULL);
    return title;
}

int figure_table_print(const char *name, const json_t *document, FILE *out)
{
    struct figure_spec spec;
    struct figure_data data;
    const struct embedded_file *source = source_of(name);
    if (!source ||
        figure_spec_parse(name, (const char *)source->data, &spec, NULL) < 0) {
        return -EINVAL;
    }
    int r = figure_data_make(&spec, document, &data, NULL);
    if (r == 0 && spec.tables[0].kind == FIGURE_GOAL) {
        figure_goal_print(&data, out);
    } else if (r == 0) {
        figure_versus_print(&data, out);
    }
    figure_data_free(&data);
    return r;
}

static void drawing_deinit(struct drawing *drawing)
{
    scratch_remove(&drawing->scratch);
    figure_data_free(&drawing->data);
}

static bool put_data(const struct drawing *drawing)
{
    const json_t *topology = json_object_get(
        json_object_get(drawing->request->document, "context"), "topology");
    const json_t *pus = json_object_get(topology, "pus");
    struct figure_spec *spec = must_calloc(1, sizeof(*spec));
    *spec = drawing->spec;
    if (drawing->bare) {
        spec->read[0] = '\0';
    }
    struct figure_facts facts = {
        .name = drawing->request->name,
        .spec = spec,
        .caption = &drawing->caption,
        .pus = json_is_number(pus) ? json_number_value(pus) : NAN,
    };
    FILE *file = scratch_open(&drawing->scratch, "data.tsv", "we");
    if (file) {
        figure_write(&facts, &drawing->data, file);
    }
    free(spec);
    return file && scratch_close(file);
}

static void print_folded(const char *text, FILE *out)
{
    while (*text) {
        size_t n = format_fold(text, TERM_WIDTH);
        fprintf(out, "%.*s\n", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

/* gnuplot draws the panels; the words round them are folded here. */
static void put_term(const struct drawing *drawing, const char *picture,
                     FILE *out)
{
    print_folded(drawing->spec.title, out);
    print_folded(drawing->spec.read, out);
    fputs(picture + strspn(picture, "\f\r\n"), out);
    print_folded(drawing->caption.machine, out);
    print_folded(drawing->caption.method, out);
    print_folded(drawing->caption.missing, out);
    fputc('\n', out);
}

/* All its numbers in sentences; the caller frees. */
static char *describe(const struct drawing *drawing)
{
    char *description = NULL;
    size_t size = 0;
    FILE *sentences = open_memstream(&description, &size);
    must(sentences != NULL);
    figure_describe(&drawing->spec, &drawing->data, sentences);
    fprintf(sentences, " %s", drawing->caption.machine);
    must(fclose(sentences) == 0);
    return description;
}

static void put_svg(const struct drawing *drawing, const char *picture,
                    FILE *out)
{
    char *description = describe(drawing);
    struct svg_text text = {.name = drawing->request->name,
                            .title = drawing->spec.title,
                            .description = description};
    svg_text_rewrite(picture, &text, out);
    free(description);
}

static void put_picture(const struct drawing *drawing,
                        enum figure_format format, FILE *out, const char *bytes,
                        size_t size)
{
    if (format == FIGURE_SVG) {
        put_svg(drawing, bytes, out);
    } else if (format == FIGURE_TERM) {
        put_term(drawing, bytes, out);
    } else {
        fwrite(bytes, 1, size, out);
    }
}

/* Written aside and renamed: no reader ever sees half a picture. */
static int store(const struct drawing *drawing, enum figure_format format,
                 const char *bytes, size_t size, struct diag *diag)
{
    const struct figure_request *request = drawing->request;
    const char *suffix = format == FIGURE_TERM ? "txt" : figure_formats[format];
    _cleanup_(free_p) char *path = NULL, *aside = NULL;
    must(asprintf(&path, "%s/%s.%s", request->output_dir, request->name,
                  suffix) > 0);
    must(asprintf(&aside, "%s.%d.tmp", path, (int)getpid()) > 0);
    errno = 0;
    FILE *file = fopen(aside, "we");
    bool fine = file != NULL;
    if (fine) {
        put_picture(drawing, format, file, bytes, size);
        fine = scratch_close(file) && rename(aside, path) == 0;
    }
    if (!fine) {
        int error = errno ? errno : EIO;
        (void)unlink(aside);
        return diag_set(diag, -EINVAL, "cannot write %s: %s", path,
                        strerror(error));
    }
    fprintf(request->list, "%s\n", path);
    return 0;
}

/* The picture as gnuplot left it; the caller frees. NULL: `diag` says why. */
static char *run_gnuplot(const struct drawing *drawing,
                         enum figure_format format, size_t *ret_size,
                         struct diag *diag)
{
    struct gnuplot_job job = {
        .program = drawing->request->gnuplot,
        .folder = drawing->scratch.folder,
        .script = "figure.gp",
        .argument = figure_formats[format],
    };
    int r = gnuplot_run(&job, diag);
    if (r < 0) {
        diag_prefix(diag, r, "figure %s", drawing->request->name);
        return NULL;
    }
    *ret_size = 0;
    char *bytes = scratch_read(&drawing->scratch, "out", ret_size);
    if (!bytes || *ret_size == 0) {
        free(bytes);
        diag_set(diag, -EIO, "figure %s: gnuplot drew nothing",
                 drawing->request->name);
        return NULL;
    }
    return bytes;
}

static int draw_format(const struct drawing *drawing, enum figure_format format,
                       struct diag *diag)
{
    size_t size;
    _cleanup_(free_p) char *bytes = run_gnuplot(drawing, format, &size, diag);
    if (!bytes) {
        return -EIO;
    }
    if (format == FIGURE_TERM && drawing->request->term) {
        put_term(drawing, bytes, drawing->request->term);
        return 0;
    }
    return store(drawing, format, bytes, size, diag);
}

/* All but the drawing itself. */
static int prepare(struct drawing *drawing, struct diag *diag)
{
    const struct embedded_file *source = source_of(drawing->request->name);
    const struct embedded_file *style = embedded_find(figure_files, "style.gp");
    must(source != NULL && style != NULL);
    int r = figure_spec_parse(drawing->request->name,
                              (const char *)source->data, &drawing->spec, diag);
    if (r < 0) {
        return r;
    }
    r = figure_data_make(&drawing->spec, drawing->request->document,
                         &drawing->data, diag);
    if (r < 0) {
        return r;
    }
    figure_caption_make(drawing->request->document, &drawing->data,
                        &drawing->caption);
    if (!drawing->request->gnuplot) {
        return 0;
    }
    r = scratch_make(&drawing->scratch, diag);
    if (r < 0) {
        return r;
    }
    if (!scratch_put(&drawing->scratch, "figure.gp", source) ||
        !scratch_put(&drawing->scratch, "style.gp", style) ||
        !put_data(drawing)) {
        return diag_set(diag, -EINVAL, "cannot write into %s",
                        drawing->scratch.folder);
    }
    return 0;
}

static int draw(struct drawing *drawing, struct diag *diag)
{
    int r = prepare(drawing, diag);
    for (int format = 0; format < FIGURE_FORMATS && r == 0; format++) {
        if (drawing->request->formats & (1u << format)) {
            r = draw_format(drawing, (enum figure_format)format, diag);
        }
    }
    return r;
}

int figure_draw(const struct figure_request *request, struct diag *diag)
{
    struct drawing *drawing = must_calloc(1, sizeof(*drawing));
    drawing->request = request;
    int r = draw(drawing, diag);
    drawing_deinit(drawing);
    free(drawing);
    return r;
}

static char *copy(const char *text)
{
    char *own = strdup(text);
    must(own != NULL);
    return own;
}

static int take(struct drawing *drawing, const char *id,
                struct figure_parts *ret, struct diag *diag)
{
    int r = prepare(drawing, diag);
    if (r < 0) {
        return r;
    }
    size_t size;
    _cleanup_(free_p) char *picture = NULL;
    if (drawing->request->gnuplot) {
        picture = run_gnuplot(drawing, FIGURE_SVG, &size, diag);
        if (!picture) {
            return -EIO;
        }
    }
    ret->title = copy(drawing->spec.title);
    ret->read = copy(drawing->spec.read);
    ret->missing = copy(drawing->caption.missing);
    ret->said = describe(drawing);
    struct svg_text text = {
        .name = id, .title = ret->title, .description = ret->said};
    FILE *out = open_memstream(&ret->svg, &size);
    must(out != NULL);
    svg_text_rewrite_inline(picture ? picture : "", &text, out);
    must(fclose(out) == 0);
    figure_grid_make(&drawing->data, &ret->grid);
    return 0;
}

int figure_take(const struct figure_request *request, const char *id,
                struct figure_parts *ret, struct diag *diag)
{
    struct drawing *drawing = must_calloc(1, sizeof(*drawing));
    *ret = (struct figure_parts){0};
    drawing->request = request;
    drawing->bare = true;
    int r = take(drawing, id, ret, diag);
    drawing_deinit(drawing);
    free(drawing);
    return r;
}

void figure_parts_free(struct figure_parts *parts)
{
    free(parts->title);
    free(parts->read);
    free(parts->said);
    free(parts->svg);
    free(parts->missing);
    figure_grid_free(&parts->grid);
    *parts = (struct figure_parts){0};
}
