/* SPDX-License-Identifier: MIT */
#include "bench/plot_store.h"

#include "harness/base/atomic_file.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"

static int store(const struct figure_request *request, const char *name,
                 enum figure_format format, const char *bytes, size_t size,
                 struct diag *diag)
{
    _cleanup_(free_p) char *path = NULL;
    must(asprintf(&path, "%s/%s.%s", request->output_dir, name,
                  format == FIGURE_TERM ? "txt" : figure_formats[format]) > 0);
    int rc = atomic_file_put(path, bytes, size, false, diag);
    if (rc == 0) {
        fprintf(request->list, "%s\n", path);
    }
    return rc;
}

int plot_store(const struct figure_request *request, const char *name,
               plot_draw *draw, const void *picture, struct diag *diag)
{
    int rc = 0;
    for (int i = 0; i < FIGURE_FORMATS && rc == 0; i++) {
        enum figure_format format = (enum figure_format)i;
        if (!(request->formats & (1u << i))) {
            continue;
        }
        if (format == FIGURE_TERM && request->term) {
            rc = draw(picture, format, request->term, diag);
            continue;
        }
        char *bytes = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&bytes, &size);
        must(out != NULL);
        rc = draw(picture, format, out, diag);
        must(fclose(out) == 0);
        rc = rc < 0 ? rc : store(request, name, format, bytes, size, diag);
        free(bytes);
    }
    return rc;
}
