/* SPDX-License-Identifier: MIT */
/*
 * What gilbench uses of CPython's C API, loaded at run time: nothing of Python
 * is needed to build. Works from 2.7 on; all functions are public ones.
 *
 * A process can hold one CPython, which is started once and never ended:
 * a library of it cannot be unloaded, and its end is slow and sometimes fatal.
 */
#pragma once

#include "harness/base/diag.h"
#include "harness/exec/exec_model.h"

#include <stdint.h>

/* The types are CPython's PyObject, PyThreadState and PyInterpreterState. */
struct libpython {
    struct exec_library facts;
    void *interpreter;
    void *main_state; /* of the controller's thread, which does not hold it */
    void *empty;      /* a Python function that does nothing */

    const char *(*get_version)(void);
    void (*initialize)(int install_signal_handlers);
    int (*run_string)(const char *code, void *flags);
    void *(*add_module)(const char *name);
    void *(*get_attribute)(void *object, const char *name);
    int (*is_true)(void *object);
    void *(*call)(void *function, void *arguments);
    void *(*call_without)(void *function); /* NULL before 3.9: `call` */
    void (*free_reference)(void *object);
    void *(*interpreter_head)(void);
    void *(*save_thread)(void);
    void (*restore_thread)(void *state);
    void *(*state_new)(void *interpreter);
    void (*state_clear)(void *state);
    void (*state_delete_current)(void);
    void (*init_threads)(void); /* NULL from 3.13 on, needed before 3.7 */
};

/* How often CPython looks who else wants its lock. */
struct libpython_pace {
    int64_t switch_interval_us; /* 3.2 and newer */
    int64_t check_interval;     /* older */
};

/*
 * Loads and starts the CPython of the file `path`, or paces anew the one that
 * runs already. For the controller's thread, which does not hold its lock
 * afterwards. A negative errno with the reason where the file is no CPython
 * that can be used; what cannot be foreseen aborts the process, as CPython
 * does when it finds itself broken (see libpython_find.h for a trial).
 */
int libpython_start(const char *path, const struct libpython_pace *pace,
                    const struct libpython **ret, struct diag *diag);

/* Enters the eval loop, where a request to let the lock go is served. */
static inline void libpython_enter(const struct libpython *python)
{
    void *none = python->call_without ? python->call_without(python->empty)
                                      : python->call(python->empty, NULL);
    python->free_reference(none);
}
