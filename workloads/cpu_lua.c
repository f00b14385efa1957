/* SPDX-License-Identifier: MIT */
/*
 * Programs in a real interpreter, Lua. A step is one run of the program, and
 * there are safepoints inside it: Lua's count hook polls every
 * `hook_instructions` of its instructions, as an interpreter made for threads
 * does by itself. A Lua with a hook is slower by a good deal, whatever the
 * number; the hook is set under every model alike, and `hook=no` shows what
 * Lua does without it, with safepoints between steps only.
 *
 * `state=private` gives each task a Lua of its own. `state=shared` is one Lua
 * for all, with a Lua thread for each task: they share the collector, the
 * string table and all globals, none of which Lua protects. So it takes a
 * model in which one task runs at a time, and gives way only where Lua is in
 * order: in the hook, and between steps. That is what a GIL is for.
 */
#include "workloads/input.h"
#include "workloads/verify.h"

#include <string.h>

enum {
    STATE_PRIVATE,
    STATE_SHARED,
};

static const char *const program_choices[] = {"recursion", "nbody", "strings",
                                              "tables", NULL};
static const char *const state_choices[] = {
    [STATE_PRIVATE] = "private", [STATE_SHARED] = "shared", NULL};
static const char *const hook_choices[] = {"no", "yes", NULL};

static const char *cpu_lua_unsafe(const struct params *params)
{
    return params_get(params, "state") == STATE_SHARED
               ? "all tasks run in one Lua, which protects nothing"
               : NULL;
}

static enum exec_sharing cpu_lua_needs(const struct params *params)
{
    return params_get(params, "state") == STATE_SHARED ? EXEC_SHARES_OBJECTS
                                                       : EXEC_SHARES_NOTHING;
}

#ifdef HAVE_LUA

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* By program_choices. */
static const struct program {
    const char *file;
    uint32_t crc32;
    const char *result; /* of every step */
} programs[] = {
    {"recursion.lua", 0x9bd62ed4, "6765"},
    {"nbody.lua", 0x42b005ec, "1.741506 4.713651 -0.049022"},
    {"strings.lua", 0x2e900c95, "5121 287754"},
    {"tables.lua", 0x900693f5, "112168"},
};

struct cpu_lua {
    const struct program *program;
    const struct embedded_file *source;
    lua_State *shared;     /* NULL: each task has its own */
    int hook_instructions; /* 0: no hook */
};

struct cpu_lua_task {
    lua_State *lua; /* made by the task itself */
};

/* Who runs here; a Lua thread has this much room in front of it. */
static struct exec **exec_of(lua_State *lua)
{
    return lua_getextraspace(lua);
}

/* Lua has put everything in order before it calls. The end of a run is seen
 * between steps, which are short. */
static void on_count(lua_State *lua, lua_Debug *event)
{
    (void)event;
    (void)exec_safepoint(*exec_of(lua));
}

/* A Lua that has loaded the program; NULL: there is no memory for it. */
static lua_State *load_program(const struct cpu_lua *state)
{
    lua_State *lua = luaL_newstate();
    if (!lua) {
        return NULL;
    }
    luaL_openlibs(lua);
    if (luaL_loadbuffer(lua, (const char *)state->source->data,
                        state->source->size, state->program->file) != LUA_OK ||
        lua_pcall(lua, 0, 0, 0) != LUA_OK) {
        lua_close(lua);
        return NULL;
    }
    return lua;
}

/* Of the shared Lua a thread, kept from the collector by the registry. No
 * other task runs meanwhile: there is no safepoint in here. */
static lua_State *join_shared(const struct cpu_lua *state,
                              const struct cpu_lua_task *task)
{
    lua_State *lua = lua_newthread(state->shared);
    lua_rawsetp(state->shared, LUA_REGISTRYINDEX, task);
    return lua;
}

static int task_init(const struct cpu_lua *state, struct cpu_lua_task *task)
{
    task->lua = state->shared ? join_shared(state, task) : load_program(state);
    if (!task->lua) {
        return -ENOMEM;
    }
    if (state->hook_instructions > 0) {
        lua_sethook(task->lua, on_count, LUA_MASKCOUNT,
                    state->hook_instructions);
    }
    return 0;
}

static int cpu_lua_step(struct exec *ex, struct workload_run *run)
{
    const struct cpu_lua *state = run->state;
    struct cpu_lua_task *task = workload_task(run, ex);
    int rc = task->lua ? 0 : task_init(state, task);
    if (rc < 0) {
        return rc;
    }
    lua_State *lua = task->lua;
    *exec_of(lua) = ex;
    lua_getglobal(lua, "step");
    if (lua_pcall(lua, 0, 1, 0) == LUA_ERRMEM) {
        return -ENOMEM;
    }
    const char *result = lua_tostring(lua, -1);
    if (!result || strcmp(result, state->program->result) != 0) {
        return -EBADMSG;
    }
    lua_pop(lua, 1);
    return 0;
}

static void cpu_lua_finish(struct exec *ex, struct workload_run *run)
{
    const struct cpu_lua *state = run->state;
    struct cpu_lua_task *task = workload_task(run, ex);
    if (task->lua && !state->shared) {
        lua_close(task->lua);
    }
}

static int cpu_lua_prepare(struct workload_run *run, struct diag *diag)
{
    struct cpu_lua *state = run->state;
    state->program = &programs[params_get(run->params, "program")];
    if (params_get(run->params, "hook")) {
        state->hook_instructions =
            (int)params_get(run->params, "hook_instructions");
    }
    int rc = input_get(state->program->file, state->program->crc32,
                       &state->source, diag);
    if (rc < 0 || params_get(run->params, "state") == STATE_PRIVATE) {
        return rc;
    }
    state->shared = load_program(state);
    return state->shared ? 0
                         : diag_set(diag, -EBADMSG, "Lua cannot load %s",
                                    state->program->file);
}

static void cpu_lua_cleanup(struct workload_run *run)
{
    const struct cpu_lua *state = run->state;
    if (state->shared) {
        lua_close(state->shared);
    }
}

#define cpu_lua_unavailable NULL
#define CPU_LUA_STATE_SIZE  sizeof(struct cpu_lua)
#define CPU_LUA_TASK_SIZE   sizeof(struct cpu_lua_task)

#else

static const char *cpu_lua_unavailable(void)
{
    return "this build has no Lua (liblua5.4-dev)";
}

static int cpu_lua_step(struct exec *ex, struct workload_run *run)
{
    (void)ex;
    (void)run;
    return -ENOTSUP;
}

#define cpu_lua_prepare    NULL
#define cpu_lua_finish     NULL
#define cpu_lua_cleanup    NULL
#define CPU_LUA_STATE_SIZE 0
#define CPU_LUA_TASK_SIZE  0

#endif

static const struct param cpu_lua_params[] = {
    {.name = "program",
     .help = "calls; floating point; text and garbage; lists and maps",
     .unit = "",
     .choices = program_choices},
    {.name = "state",
     .help = "a Lua for each task, or one for all of them",
     .unit = "",
     .choices = state_choices,
     .def = STATE_PRIVATE},
    {.name = "hook",
     .help = "are there safepoints inside a step",
     .unit = "",
     .choices = hook_choices,
     .def = 1},
    {.name = "hook_instructions",
     .help = "instructions of Lua from one such safepoint to the next",
     .unit = "instructions",
     .def = 1000,
     .min = 1,
     .max = 1000000000},
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_cpu_lua = {
    .unit = {.name = "cpu_lua",
             .summary = "runs programs in a real interpreter, Lua",
             .params = cpu_lua_params,
             .unavailable = cpu_lua_unavailable},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one run of the program",
    .state_size = CPU_LUA_STATE_SIZE,
    .task_size = CPU_LUA_TASK_SIZE,
    .needs_with = cpu_lua_needs,
    .unsafe = cpu_lua_unsafe,
    .prepare = cpu_lua_prepare,
    .step = cpu_lua_step,
    .finish = cpu_lua_finish,
    .verify = verify_nothing_left,
    .cleanup = cpu_lua_cleanup,
};
