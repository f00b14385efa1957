/* SPDX-License-Identifier: MIT */
#include "bench/option.h"

#include <errno.h>
#include <getopt.h>

int option_refused(int code, char *const *argv, struct diag *diag)
{
    const char *command = argv[0];
    const char *text = argv[optind - 1];
    if (code == ':') {
        return diag_set(diag, -EINVAL, "%s: %s needs a value", command, text);
    }
    if (optopt > 255) {
        return diag_set(diag, -EINVAL, "%s: %s: this option takes no value",
                        command, text);
    }
    /* Among letters, optind stays where it is while more of them follow. */
    char letter[] = {'-', (char)optopt, '\0'};
    return diag_set(diag, -EINVAL,
                    "%s: no such option: %s; see gilbench %s --help", command,
                    optopt ? letter : text, command);
}
