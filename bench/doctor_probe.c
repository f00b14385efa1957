/* SPDX-License-Identifier: MIT */
#include "bench/doctor_probe.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/measure/hist.h"
#include "harness/measure/noise.h"
#include "harness/topology/binding.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/prctl.h>

#define WATCH_NS    (500 * NS_PER_MS)
#define GAP_NS      (5 * NS_PER_US) /* longer than any cache miss */
#define WATCHED_MAX 64
#define LOOPS       100
#define LOOP_TURNS  2000000u
#define ROUND_TRIPS 2000
#define NAPS        150
#define NAP_NS      (NS_PER_MS / 2) /* long enough for a PU to go idle */
#define SLEEPS      150

/* --- who takes a PU away from a thread that computes --- */

struct watch {
    pthread_t thread;
    int pu;
    int error;
    uint64_t lost_ns;
    uint64_t longest_ns;
    const uint64_t *until_ns;
};

/* Reads the clock all the time: a step of more than GAP_NS was no reading. */
static void *watch_thread(void *arg)
{
    struct watch *watch = arg;
    watch->error = binding_bind(watch->pu, NULL);
    uint64_t last = clock_now_ns();
    while (watch->error == 0 && last < *watch->until_ns) {
        uint64_t now = clock_now_ns();
        uint64_t gap = now - last;
        if (gap > GAP_NS) {
            watch->lost_ns += gap;
            watch->longest_ns =
                gap > watch->longest_ns ? gap : watch->longest_ns;
        }
        last = now;
    }
    return NULL;
}

static void probe_interruptions(const int *pus, size_t n, struct finding *ret)
{
    struct watch watches[WATCHED_MAX] = {0};
    uint64_t until_ns = clock_now_ns() + WATCH_NS;
    const struct watch *worst = &watches[0];
    size_t started = 0;
    n = n > WATCHED_MAX ? WATCHED_MAX : n;
    for (; started < n; started++) {
        struct watch *watch = &watches[started];
        *watch = (struct watch){.pu = pus[started], .until_ns = &until_ns};
        if (pthread_create(&watch->thread, NULL, watch_thread, watch) != 0) {
            break;
        }
    }
    for (size_t i = 0; i < started; i++) {
        must(pthread_join(watches[i].thread, NULL) == 0);
        worst = watches[i].lost_ns > worst->lost_ns ? &watches[i] : worst;
    }
    if (started == 0) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "no thread could be made");
        return;
    }
    double percent = 100.0 * (double)worst->lost_ns / (double)WATCH_NS;
    bool matters = percent > 1.0 || worst->longest_ns > NS_PER_MS;
    finding_set(ret, matters ? FINDING_MATTERS : FINDING_FINE,
                matters ? "see who runs there: ps -eLo psr,comm,pcpu; isolate "
                          "PUs, or take more repetitions"
                        : NULL,
                "PU %d was taken away for %.2f %% of %.1f s, for %.0f us at "
                "most",
                worst->pu, percent, (double)WATCH_NS / (double)NS_PER_S,
                (double)worst->longest_ns / (double)NS_PER_US);
}

/* --- how steady the same work is --- */

static void probe_steadiness(struct finding *ret)
{
    struct hist hist = {0};
    for (int i = 0; i < LOOPS; i++) {
        uint64_t begin = clock_now_ns();
        uint64_t x = 1;
        for (uint32_t k = 0; k < LOOP_TURNS; k++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            __asm__ volatile("" : "+r"(x)); /* each turn needs the last one */
        }
        hist_record(&hist, clock_now_ns() - begin);
    }
    double median = (double)hist_quantile(&hist, 0.5);
    double slow = (double)hist_quantile(&hist, 0.9);
    double percent = 100.0 * (slow - median) / median;
    bool matters = percent > 5.0;
    finding_set(ret, matters ? FINDING_MATTERS : FINDING_FINE,
                matters ? "compare only what ran side by side, and look at the "
                          "intervals; they contain this"
                        : NULL,
                "the same %.1f ms of work took %.1f %% longer in 1 case of 10",
                median / (double)NS_PER_MS, percent);
}

/* --- what a wake-up costs --- */

struct partner {
    sem_t ping;
    sem_t pong;
    int pu;
    int error;
    unsigned rounds;
};

static void *partner_thread(void *arg)
{
    struct partner *partner = arg;
    partner->error = binding_bind(partner->pu, NULL);
    for (unsigned i = 0; i < partner->rounds; i++) {
        while (sem_wait(&partner->ping) < 0) {
        }
        must(sem_post(&partner->pong) == 0);
    }
    return NULL;
}

/* Microseconds of one of the two wake-ups of a round trip; 0: unknown. With a
 * nap before each, the partner and its PU have gone idle meanwhile. */
static double wake_up_us(int pu, uint64_t nap_ns)
{
    struct partner partner = {.pu = pu, .rounds = nap_ns ? NAPS : ROUND_TRIPS};
    struct hist hist = {0};
    pthread_t thread;
    must(sem_init(&partner.ping, 0, 0) == 0);
    must(sem_init(&partner.pong, 0, 0) == 0);
    if (pthread_create(&thread, NULL, partner_thread, &partner) != 0) {
        return 0.0;
    }
    for (unsigned i = 0; i < partner.rounds; i++) {
        if (nap_ns) {
            clock_sleep_until(clock_now_ns() + nap_ns);
        }
        uint64_t begin = clock_now_ns();
        must(sem_post(&partner.ping) == 0);
        while (sem_wait(&partner.pong) < 0) {
        }
        hist_record(&hist, clock_now_ns() - begin);
    }
    must(pthread_join(thread, NULL) == 0);
    must(sem_destroy(&partner.ping) == 0);
    must(sem_destroy(&partner.pong) == 0);
    return partner.error
               ? 0.0
               : (double)hist_quantile(&hist, 0.5) / 2.0 / (double)NS_PER_US;
}

static void probe_wake_up(const int *pus, size_t n, struct finding *ret)
{
    double here = wake_up_us(pus[0], 0);
    double there = n > 1 ? wake_up_us(pus[1], 0) : 0.0;
    double idle = n > 1 ? wake_up_us(pus[1], NAP_NS) : 0.0;
    if (here <= 0.0 || (n > 1 && (there <= 0.0 || idle <= 0.0))) {
        finding_set(ret, FINDING_UNKNOWN, NULL, "no thread could be made");
    } else if (n == 1) {
        finding_set(ret, FINDING_FINE, NULL, "%.1f us on the one PU", here);
    } else {
        bool far = there > 4.0 * here || idle > 4.0 * here;
        finding_set(ret, far ? FINDING_NOTICE : FINDING_FINE,
                    far ? "hand-offs across PUs are mostly this price; "
                          "--placement one_pu shows them without it"
                        : NULL,
                    "%.1f us on the same PU, %.1f us on another, %.1f us on "
                    "one that has been idle for %.1f ms",
                    here, there, idle, (double)NAP_NS / (double)NS_PER_MS);
    }
}

/* --- how late a sleep ends --- */

static void sleep_late(struct hist *hist)
{
    for (int i = 0; i < SLEEPS; i++) {
        uint64_t deadline = clock_now_ns() + NS_PER_MS;
        clock_sleep_until(deadline);
        hist_record(hist, clock_now_ns() - deadline);
    }
}

static void probe_sleep(struct finding *ret)
{
    int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    struct hist usual = {0};
    struct hist precise = {0};
    sleep_late(&usual);
    prctl(PR_SET_TIMERSLACK, 1ul);
    sleep_late(&precise);
    prctl(PR_SET_TIMERSLACK, (unsigned long)(slack < 0 ? 50000 : slack));
    finding_set(ret, FINDING_NOTICE,
                "--set timer_slack_ns=1 where a timer is what is studied",
                "with a timer slack of %d ns, as here, a sleep ends %.0f us "
                "late (99 in 100: %.0f us), with one of 1 ns %.0f us",
                slack, (double)hist_quantile(&usual, 0.5) / (double)NS_PER_US,
                (double)hist_quantile(&usual, 0.99) / (double)NS_PER_US,
                (double)hist_quantile(&precise, 0.5) / (double)NS_PER_US);
}

int doctor_probe(const struct topology *topology,
                 struct finding ret[FINDINGS_OF_PROBE], struct diag *diag)
{
    static const char *const titles[][2] = {{"interruptions", "interruptions"},
                                            {"steadiness", "steadiness"},
                                            {"wake_up", "waking a thread"},
                                            {"sleep", "end of a sleep"}};
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        ret[i] = (struct finding){.code = titles[i][0], .title = titles[i][1]};
    }
    int rc = binding_init(diag);
    rc = rc < 0 ? rc : binding_bind(pus[0], diag);
    if (rc < 0) {
        return rc;
    }
    struct noise before;
    struct noise after;
    noise_read(&before);
    uint64_t begin = clock_now_ns();
    probe_interruptions(pus, n, &ret[0]);
    probe_steadiness(&ret[1]);
    probe_wake_up(pus, n, &ret[2]);
    probe_sleep(&ret[3]);
    double seconds = (double)(clock_now_ns() - begin) / (double)NS_PER_S;
    noise_read(&after);
    struct noise noise = noise_between(&before, &after);
    findings_of_noise(&noise, seconds, &ret[4]);
    rc = binding_unbind(diag);
    binding_deinit();
    return rc;
}
