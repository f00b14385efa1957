/* SPDX-License-Identifier: MIT */
#include "peers/peer.h"

#include "harness/base/must.h"
#include "harness/base/sanitizer.h"
#include "harness/exec/exec_model.h"
#include "harness/topology/binding.h"

#include <errno.h>
#include <sys/mman.h>

struct peer_memory {
    void *low;
    size_t size;
    struct peer_memory *next;
};

void *peer_memory(struct peer_run *run, size_t size)
{
    void *low = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (low == MAP_FAILED) {
        return NULL;
    }
    struct peer_memory *memory = must_calloc(1, sizeof(*memory));
    *memory =
        (struct peer_memory){.low = low, .size = size, .next = run->memory};
    run->memory = memory;
    return low;
}

void peer_memory_free(struct peer_run *run)
{
    while (run->memory) {
        struct peer_memory *memory = run->memory;
        run->memory = memory->next;
        must(munmap(memory->low, memory->size) == 0);
        free(memory);
    }
}

static bool peer_safepoint(struct exec *ex)
{
    return !exec_stopping(ex);
}

static const struct exec_ops peer_ops = {.safepoint = peer_safepoint};

void peer_task_init(struct peer_run *run, struct exec *ex, size_t index)
{
    ex->index = (uint32_t)index;
    ex->ops = &peer_ops;
    ex->hist = run->hist;
    ex->phase = run->phase;
    run->execs[index] = ex;
}

struct exec *peer_tasks_new(struct peer_run *run)
{
    size_t tasks = run->work->tasks;
    struct exec *execs = peer_memory(run, tasks * sizeof(*execs));
    for (size_t i = 0; execs && i < tasks; i++) {
        peer_task_init(run, &execs[i], i);
    }
    return execs;
}

int peer_unbind(struct peer_run *run, struct diag *diag)
{
    return run->pu == PU_UNBOUND ? 0 : binding_unbind(diag);
}

int peer_bind(struct peer_run *run, struct diag *diag)
{
    return run->pu == PU_UNBOUND ? 0 : binding_bind(run->pu, diag);
}

const char *peer_switches_unseen(void)
{
#if defined(UNDER_ASAN) || defined(UNDER_TSAN)
    return "a sanitizer is not told of its switches";
#else
    return NULL;
#endif
}

bool peer_ready(struct peer_run *run)
{
    struct peer_gate *gate = run->gate;
    gate->passed = true;
    must(sem_post(&gate->ready) == 0);
    while (sem_wait(&gate->open) < 0) {
        must(errno == EINTR);
    }
    return gate->go;
}
