/* SPDX-License-Identifier: MIT */
#include "runtime/pollers/io_uring_setup.h"

#include "harness/base/cleanup.h"

#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>

enum {
    SUBMISSIONS = 1024, /* in a batch; what is more is another batch */
    COMPLETIONS = 8192, /* what is more is kept by the kernel */
};

/* From the newest kernel's offer to the oldest one's. */
static const unsigned offers[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
        IORING_SETUP_TASKRUN_FLAG,                         /* Linux 6.1 */
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, /* Linux 5.19 */
    0,
};

int uring_setup(struct io_uring *ring, bool plain)
{
    int rc = -EINVAL;
    size_t last = sizeof(offers) / sizeof(offers[0]) - 1;
    for (size_t i = plain ? last : 0; rc == -EINVAL && i <= last; i++) {
        struct io_uring_params params = {.flags =
                                             IORING_SETUP_CQSIZE | offers[i],
                                         .cq_entries = COMPLETIONS};
        rc = io_uring_queue_init_params(SUBMISSIONS, ring, &params);
        if (rc == 0 && !(params.features & IORING_FEAT_FAST_POLL)) {
            io_uring_queue_exit(ring);
            rc = -ENOSYS;
        }
    }
    return rc;
}

/* The value of kernel.io_uring_disabled; 0 where there is none. */
static int disabled(void)
{
    int value = 0;
    _cleanup_(fclose_p) FILE *file =
        fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (!file || fscanf(file, "%d", &value) != 1) {
        value = 0;
    }
    return value;
}

const char *uring_setup_why(int code)
{
    switch (-code) {
    case ENOSYS:
        return "this kernel has no io_uring that polls (Linux 5.7), or a "
               "policy such as a container's seccomp filter hides it: take a "
               "newer kernel, or allow io_uring_setup";
    case EPERM:
    case EACCES:
        return disabled() ? "the kernel forbids it: sysctl -w "
                            "kernel.io_uring_disabled=0"
                          : "a policy such as a container's seccomp filter "
                            "forbids it: allow io_uring_setup, io_uring_enter "
                            "and io_uring_register";
    case ENOMEM:
        return "the limit on locked memory is too low for its ring: raise it "
               "(ulimit -l)";
    case EMFILE:
        return "there is no descriptor left: raise the limit (ulimit -n)";
    default:
        return strerror(-code);
    }
}

/* A policy may allow a ring and forbid to enter it. */
static int try_it(void)
{
    struct io_uring ring;
    int rc = uring_setup(&ring, false);
    if (rc < 0) {
        return rc;
    }
    io_uring_prep_nop(io_uring_get_sqe(&ring));
    rc = io_uring_submit(&ring);
    io_uring_queue_exit(&ring);
    return rc < 0 ? rc : 0;
}

const char *uring_setup_unavailable(void)
{
    static int tried = 1;
    if (tried == 1) {
        tried = try_it();
    }
    return tried < 0 ? uring_setup_why(tried) : NULL;
}
