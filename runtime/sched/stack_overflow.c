/* SPDX-License-Identifier: MIT */
#include "runtime/sched/stack_overflow.h"

#include "harness/base/must.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

/* For the handler: the kernel's frame with all vector registers, and ours. */
enum { SIGNAL_STACK = 64 * 1024 };

static struct sigaction before;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* snprintf of numbers and words neither allocates nor locks. */
static void say(const struct stack_pool *pool, const char *low)
{
    char who[64];
    char line[256];
    size_t kib = pool->slot_size / 1024;
    pool->name(stack_block_of(pool, low), who, sizeof(who));
    int n = snprintf(line, sizeof(line),
                     "gilbench: %s overflowed its stack of %zu KiB; --set "
                     "stack_kib=%zu gives it more\n",
                     who, kib, 2 * kib);
    if (write(STDERR_FILENO, line, (size_t)n) < 0) {
        return; /* nobody reads it */
    }
}

/* On the signal's own stack. Returns to the same instruction, which faults
 * again and meets the handler that was there before; after an overflow the
 * default, which ends the process. A signal that somebody has sent is no
 * fault, and would not come again by itself. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code <= 0) {
        sigaction(number, &before, NULL);
        raise(number); /* delivered when this has returned */
        return;
    }
    const char *at = info->si_addr;
    const struct stack_pool *pool = stack_pools_first();
    const char *low = NULL;
    for (; pool; pool = pool->next) {
        low = stack_slot_of(pool, at);
        if (low && at < low + pool->guard_size && pool->name) {
            break;
        }
    }
    struct sigaction next = {.sa_handler = SIG_DFL};
    if (pool) {
        say(pool, low);
    } else {
        next = before;
    }
    sigaction(number, &next, NULL);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    must(sigaction(SIGSEGV, &action, &before) == 0);
}

/* A handler cannot run on the stack that has overflowed. Sanitizers give each
 * thread such a stack, and take it away again: theirs will do. */
static void *own_signal_stack(void)
{
    stack_t now;
    must(sigaltstack(NULL, &now) == 0);
    if (!(now.ss_flags & SS_DISABLE)) {
        return NULL;
    }
    /* Not zeroed: most threads never touch it. */
    stack_t stack = {.ss_sp = must_aligned_alloc(16, SIGNAL_STACK),
                     .ss_size = SIGNAL_STACK};
    must(sigaltstack(&stack, NULL) == 0);
    return stack.ss_sp;
}

void stack_overflow_watch(struct stack_pool *pool, stack_namer *name)
{
    pool->name = name;
    pool->signal_stack = own_signal_stack();
    must(pthread_once(&once, install) == 0);
    /* A fault while its signal is blocked ends the process without a word. */
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    must(pthread_sigmask(SIG_UNBLOCK, &faults, NULL) == 0);
}
