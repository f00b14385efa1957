/* SPDX-License-Identifier: MIT */
#include "runtime/pollers/poller.h"

#include <errno.h>

#define X(name) extern const struct poller_type poller_##name;
#include "poller_list.h"
#undef X

#define X(name) &poller_##name,
const struct poller_type *const poller_types[] = {
#include "poller_list.h"
    NULL};
#undef X

#define X(name) #name,
const char *const poller_names[] = {
#include "poller_list.h"
    NULL};
#undef X

int poller_new(const struct poller_type *type,
               const struct poller_config *config, struct poller **ret,
               struct diag *diag)
{
    if (!type->create) {
        return diag_set(diag, -ENOTSUP, "no poller %s: %s", type->unit.name,
                        type->unit.unavailable());
    }
    int rc = type->create(config, ret, diag);
    if (rc == 0) {
        (*ret)->type = type;
    }
    return rc;
}

void poller_free(struct poller *poller)
{
    if (poller) {
        poller->type->destroy(poller);
    }
}
