/* SPDX-License-Identifier: MIT */
/*
 * The loop of libuv, so that what an event loop can do is not only what ours
 * does: libuv waits and says which descriptors are ready (uv_poll_t, its way
 * to watch descriptors of others), tasks call receive and send themselves, as
 * its streams do. It is level-triggered and says the same again until it is
 * no longer so; hence a side that was reported VAIN_MOST times in a row while
 * nobody waited is not watched until somebody does. (Not at once: a change of
 * what is watched costs two system calls, a vain report almost nothing.)
 *
 * It waits in whole milliseconds, here rounded up; and it aborts the process
 * when the kernel's call fails.
 */
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "runtime/pollers/readiness.h"

#include <uv.h>

enum { VAIN_MOST = 8 };

struct libuv {
    struct readiness readiness; /* first */
    uv_loop_t loop;
    uv_timer_t timer;
    uv_poll_t wake;
    int woken;
    struct exec_ring *ring; /* of the `wait` under way */
};

/* A descriptor; lives until libuv lets it go. */
struct watch {
    uv_poll_t poll; /* first */
    struct libuv *libuv;
    int fd;
    int events;  /* asked for */
    int vain[2]; /* by side: reports in a row that nobody waited for */
};

static struct libuv *libuv_of(struct poller *poller)
{
    return (struct libuv *)poller;
}

static const int side_events[] = {
    [READINESS_READ] = UV_READABLE | UV_DISCONNECT,
    [READINESS_WRITE] = UV_WRITABLE,
};

static void on_event(uv_poll_t *poll, int status, int events);

static int ask(struct watch *watch, int events)
{
    if (events == watch->events) {
        return 0;
    }
    watch->events = events;
    return events ? uv_poll_start(&watch->poll, events, on_event)
                  : uv_poll_stop(&watch->poll);
}

static void report(struct watch *watch, struct readiness_slot *slot,
                   enum readiness_side side)
{
    struct libuv *libuv = watch->libuv;
    watch->vain[side] = slot->parked[side] ? 0 : watch->vain[side] + 1;
    if (watch->vain[side] == VAIN_MOST) {
        ask(watch, watch->events & ~side_events[side]);
    }
    readiness_event(&libuv->readiness, slot, side, libuv->ring);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = (struct watch *)poll;
    struct readiness *readiness = &watch->libuv->readiness;
    struct readiness_slot *slot = readiness_slot(readiness, watch->fd);
    slot->hung_up |= status < 0 || (events & UV_DISCONNECT);
    if (status < 0 || (events & (UV_READABLE | UV_DISCONNECT))) {
        report(watch, slot, READINESS_READ);
    }
    if (status < 0 || (events & UV_WRITABLE)) {
        report(watch, slot, READINESS_WRITE);
    }
}

static int libuv_watch(struct readiness *readiness, int fd,
                       struct readiness_slot *slot)
{
    struct libuv *libuv = libuv_of(&readiness->poller);
    struct watch *watch = must_calloc(1, sizeof(*watch));
    int rc = uv_poll_init(&libuv->loop, &watch->poll, fd);
    if (rc < 0) {
        free(watch);
        return rc; /* a negative errno, by libuv's promise on Unix */
    }
    watch->libuv = libuv;
    watch->fd = fd;
    slot->handle = watch;
    return 0;
}

static void free_watch(uv_handle_t *handle)
{
    free(handle); /* a watch begins with it */
}

static void libuv_unwatch(struct readiness *readiness, int fd,
                          struct readiness_slot *slot)
{
    (void)readiness;
    (void)fd;
    uv_close((uv_handle_t *)slot->handle, free_watch);
}

static int libuv_want(struct readiness *readiness, int fd,
                      struct readiness_slot *slot, enum readiness_side side)
{
    (void)readiness;
    (void)fd;
    struct watch *watch = slot->handle;
    watch->vain[side] = 0;
    return ask(watch, watch->events | side_events[side]);
}

static const struct readiness_source source = {
    .watch = libuv_watch, .unwatch = libuv_unwatch, .want = libuv_want};

static void on_wake(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct libuv *libuv = container_of(poll, struct libuv, wake);
    libuv->woken = 1;
}

static int libuv_watch_wake(struct poller *poller, int fd)
{
    struct libuv *libuv = libuv_of(poller);
    int rc = uv_poll_init(&libuv->loop, &libuv->wake, fd);
    return rc < 0 ? rc : uv_poll_start(&libuv->wake, UV_READABLE, on_wake);
}

/* uv_run() runs timers before it polls, too: where this thread was off its PU
 * for so long, the poll would wait for ever if it were not told. */
static void end_wait(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static int libuv_wait(struct poller *poller, uint64_t timeout_ns,
                      struct exec_ring *ring)
{
    struct libuv *libuv = libuv_of(poller);
    libuv->ring = ring;
    libuv->woken = 0;
    if (timeout_ns == 0) {
        uv_run(&libuv->loop, UV_RUN_NOWAIT);
    } else if (timeout_ns == UINT64_MAX) {
        uv_run(&libuv->loop, UV_RUN_ONCE);
    } else {
        uv_update_time(&libuv->loop);
        uv_timer_start(&libuv->timer, end_wait,
                       (timeout_ns + NS_PER_MS - 1) / NS_PER_MS, 0);
        uv_run(&libuv->loop, UV_RUN_ONCE);
        uv_timer_stop(&libuv->timer);
    }
    return libuv->woken;
}

static int libuv_create(const struct poller_config *config, struct poller **ret,
                        struct diag *diag)
{
    (void)config;
    struct libuv *libuv = must_calloc(1, sizeof(*libuv));
    int rc = uv_loop_init(&libuv->loop);
    if (rc < 0) {
        free(libuv);
        return diag_set(diag, rc, "cannot make a loop of libuv: %s%s",
                        uv_strerror(rc), limits_remedy(rc));
    }
    must(uv_timer_init(&libuv->loop, &libuv->timer) == 0);
    libuv->readiness.source = &source;
    *ret = &libuv->readiness.poller;
    return 0;
}

static void close_any(uv_handle_t *handle, void *arg)
{
    struct libuv *libuv = arg;
    bool is_watch =
        handle->type == UV_POLL && handle != (uv_handle_t *)&libuv->wake;
    if (!uv_is_closing(handle)) {
        uv_close(handle, is_watch ? free_watch : NULL);
    }
}

static void libuv_destroy(struct poller *poller)
{
    struct libuv *libuv = libuv_of(poller);
    uv_walk(&libuv->loop, close_any, libuv);
    uv_run(&libuv->loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&libuv->loop) == 0);
    readiness_deinit(&libuv->readiness);
    free(libuv);
}

const struct poller_type poller_libuv = {
    .unit = {.name = "libuv", .summary = "the loop of libuv, level-triggered"},
    .create = libuv_create,
    .destroy = libuv_destroy,
    .watch_wake = libuv_watch_wake,
    .wait = libuv_wait,
    .read = readiness_read,
    .write = readiness_write,
    .recv = readiness_recv,
    .send = readiness_send,
    .accept = readiness_accept,
    .close = readiness_close,
};
