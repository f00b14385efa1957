/* SPDX-License-Identifier: MIT */
/* usage: chaos [SECONDS [SEED]] */
#undef NDEBUG
#include "harness/topology/binding.h"
#include "tests/chaos/chaos.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

enum { TASKS_MAX = 40, ROUND_MS = 250, DESCRIPTORS = 120 };

static char whose_round[64]; /* for a death */

static void say_round(int signal)
{
    (void)signal;
    ssize_t n = write(STDERR_FILENO, whose_round, strlen(whose_round));
    (void)n;
}

static void ignore(int signal)
{
    (void)signal;
}

static void install(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}; /* no SA_RESTART */
    must(sigaction(signal, &action, NULL) == 0);
}

/* An interpreter lock as simple as can be, which knows its holder. A semaphore,
 * because ThreadSanitizer takes each task for a thread, and one may let go what
 * another has taken. */
struct simple_lock {
    struct guard guard;
    sem_t *free;
    bool held; /* by this user */
};

static struct simple_lock *lock_of(struct guard *guard)
{
    return container_of(guard, struct simple_lock, guard);
}

static void lock_enter(struct guard *guard)
{
    while (sem_wait(lock_of(guard)->free) < 0) {
        must(errno == EINTR);
    }
    assert(!lock_of(guard)->held);
    lock_of(guard)->held = true;
}

static void lock_leave(struct guard *guard)
{
    assert(lock_of(guard)->held);
    lock_of(guard)->held = false;
    must(sem_post(lock_of(guard)->free) == 0);
}

static void lock_poll(struct guard *guard)
{
    lock_leave(guard);
    lock_enter(guard);
}

enum { USERS = 5 };
static sem_t free_lock;
static struct simple_lock users[USERS];

static struct guard *user(size_t i)
{
    users[i] = (struct simple_lock){
        .guard = {lock_enter, lock_leave, lock_leave, lock_poll},
        .free = &free_lock};
    return &users[i].guard;
}

static struct guard *worker_guard(void *arg, size_t worker,
                                  _Atomic uint32_t *breaker)
{
    (void)arg;
    atomic_fetch_or(breaker, EXEC_POLL);
    return user(1 + worker);
}

static const struct poller_type *some_poller(struct rng *rng)
{
    size_t n = 0;
    while (poller_types[n]) {
        n++;
    }
    const struct poller_type *type = poller_types[rng_below(rng, n)];
    bool runs = !type->unit.unavailable || !type->unit.unavailable();
    return runs ? type : poller_types[0];
}

static void init_loop(struct chaos *chaos)
{
    struct rng *rng = &chaos->rng;
    struct diag diag = {0};
    bool guarded = rng_below(rng, 3) == 0;
    uint64_t linger_ns = rng_below(rng, 2) ? 20 * NS_PER_US : 0;
    struct loop_config config = {
        .discipline = (enum loop_discipline)rng_below(rng, 2),
        .slot_size = (size_t)256 * 1024,
        .tasks = 1 + rng_below(rng, TASKS_MAX),
        .executor = {.max_threads = 1 + rng_below(rng, USERS - 1),
                     .core_threads = rng_below(rng, USERS),
                     .max_queued = 1 + rng_below(rng, 4),
                     .linger_ns = linger_ns,
                     .guard = guarded ? worker_guard : NULL},
        .linger_ns = linger_ns,
        .guard = guarded ? user(0) : NULL,
        .poller = some_poller(rng),
        .plain_poller = rng_below(rng, 2) == 0,
        .ops = &loop_ops,
        .hist = &chaos->hist,
        .phase = &chaos->phase};
    int rc = loop_init(&chaos->loop, &config, &diag);
    if (rc < 0) {
        fprintf(stderr, "chaos: %s\n", diag.text);
    }
    assert(rc == 0);
}

/* In every other round: a signal also hides that a wake-up was lost. */
static void send_signals(bool on)
{
    struct itimerval every = {{0, on ? 700 : 0}, {0, on ? 700 : 0}};
    must(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

static void run_round(uint64_t seed, uint64_t *works)
{
    static struct chaos chaos;
    static struct chaos_task lives[TASKS_MAX];
    struct task *tasks[TASKS_MAX];
    chaos = (struct chaos){.rng = {seed}, .phase = EXEC_MEASURE};
    snprintf(whose_round, sizeof(whose_round),
             "chaos: it was the round of seed %" PRIu64 "\n", seed);
    init_loop(&chaos);
    send_signals(rng_below(&chaos.rng, 2) == 0);
    chaos.until_ns = clock_now_ns() + ROUND_MS * NS_PER_MS;
    size_t n = 1 + rng_below(&chaos.rng, TASKS_MAX);
    for (size_t i = 0; i < n; i++) {
        lives[i] = (struct chaos_task){.chaos = &chaos, .works = 1000};
        tasks[i] = loop_spawn(&chaos.loop, chaos_live, &lives[i]);
        must(tasks[i] != NULL);
        tasks[i]->ex.index = (uint32_t)i;
    }
    loop_run(&chaos.loop);
    assert(chaos.loop.error == 0 && chaos.loop.ring.live == 0);
    assert(chaos.ended == chaos.begun && chaos.ended >= n);
    assert(chaos.loop.executor.pending == 0);
    assert(chaos.loop.poller->waiting == 0);
    for (size_t i = 0; i < n; i++) {
        loop_reap(&chaos.loop, tasks[i]);
    }
    loop_deinit(&chaos.loop);
    for (size_t i = 0; i < chaos_works_n; i++) {
        works[i] += chaos.done[i];
    }
}

/* So few that they run out. */
static void limit_descriptors(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = DESCRIPTORS;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int main(int argc, char **argv)
{
    uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : clock_now_ns();
    uint64_t works[16] = {0};
    uint64_t rounds = 0;
    struct diag diag = {0};
    must(binding_init(&diag) == 0);
    must(sem_init(&free_lock, 0, 1) == 0);
    limit_descriptors();
    install(SIGALRM, ignore);
    install(SIGPIPE, SIG_IGN); /* as a cell's process has it */
    install(SIGABRT, say_round);
    uint64_t end_ns = clock_now_ns() + seconds * NS_PER_S;
    do {
        run_round(seed + rounds++, works);
    } while (clock_now_ns() < end_ns);
    printf("seed %" PRIu64 ", %" PRIu64 " rounds; works:", seed, rounds);
    for (size_t i = 0; i < chaos_works_n; i++) {
        printf(" %" PRIu64, works[i]);
    }
    printf("\n");
    binding_deinit();
    return 0;
}
