/* SPDX-License-Identifier: MIT */
/* A ring with what the kernel offers, and why there is none. */
#pragma once

#include <stdbool.h>

struct io_uring;

/* What the kernel may hold back until it is entered. */
#define URING_SQ_FLAGS_PENDING                                                 \
    (IORING_SQ_NEED_WAKEUP | IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)

/* 0, or a negative errno. `plain`: without what only newer kernels have. */
int uring_setup(struct io_uring *ring, bool plain);

/* What a refusal of uring_setup() means, and the remedy. */
const char *uring_setup_why(int code);

/* Why there is no ring in this process, or NULL. */
const char *uring_setup_unavailable(void);
