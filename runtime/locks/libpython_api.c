/* SPDX-License-Identifier: MIT */
#include "runtime/locks/libpython_api.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/intern.h"
#include "harness/base/must.h"
#include "harness/base/sanitizer.h"
#include "runtime/locks/libpython_find.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct libpython python; /* interpreter != NULL: it runs */

#ifdef UNDER_ASAN
/* LeakSanitizer asks for these. CPython keeps pointers in memory of its own,
 * where it does not look, and is never ended. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libpython\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

struct symbol {
    const char *name;
    size_t at; /* in struct libpython */
    bool optional;
};

/* The first two tell a CPython from any other library. */
static const struct symbol symbols[] = {
    {"Py_GetVersion", offsetof(struct libpython, get_version), false},
    {"Py_InitializeEx", offsetof(struct libpython, initialize), false},
    {"PyRun_SimpleStringFlags", offsetof(struct libpython, run_string), false},
    {"PyImport_AddModule", offsetof(struct libpython, add_module), false},
    {"PyObject_GetAttrString", offsetof(struct libpython, get_attribute),
     false},
    {"PyObject_IsTrue", offsetof(struct libpython, is_true), false},
    {"PyObject_CallObject", offsetof(struct libpython, call), false},
    {"PyObject_CallNoArgs", offsetof(struct libpython, call_without), true},
    {"Py_DecRef", offsetof(struct libpython, free_reference), false},
    {"PyInterpreterState_Head", offsetof(struct libpython, interpreter_head),
     false},
    {"PyEval_SaveThread", offsetof(struct libpython, save_thread), false},
    {"PyEval_RestoreThread", offsetof(struct libpython, restore_thread), false},
    {"PyThreadState_New", offsetof(struct libpython, state_new), false},
    {"PyThreadState_Clear", offsetof(struct libpython, state_clear), false},
    {"PyThreadState_DeleteCurrent",
     offsetof(struct libpython, state_delete_current), false},
    {"PyEval_InitThreads", offsetof(struct libpython, init_threads), true},
};

static int find_symbols(void *library, const char *path, struct diag *diag)
{
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!address && !symbols[i].optional) {
            return diag_set(diag, -ENOEXEC, "%s: %s: it has no %s", path,
                            i < 2 ? "not a CPython"
                                  : "stripped, or too old a CPython",
                            symbols[i].name);
        }
        memcpy((char *)&python + symbols[i].at, &address, sizeof(address));
    }
    return 0;
}

/* By its path without links: for a name without a slash the loader would look
 * elsewhere. Its own words begin with that path and a colon. */
static int open_library(const char *path, void **ret, struct diag *diag)
{
    char real[PATH_MAX];
    must(realpath(path, real) != NULL);
    *ret = dlopen(real, RTLD_NOW | RTLD_GLOBAL);
    if (*ret) {
        return 0;
    }
    const char *why = dlerror();
    size_t n = strlen(real);
    if (strncmp(why, real, n) == 0 && strncmp(why + n, ": ", 2) == 0) {
        why += n + 2;
    }
    return diag_set(diag, -ENOEXEC, "%s: cannot be loaded: %s", path, why);
}

/* The variables of the same names; those that a version lacks are not needed
 * there. */
static void set_flags(void *library)
{
    static const char *const names[] = {
        "Py_NoSiteFlag", "Py_NoUserSiteDirectory", "Py_DontWriteBytecodeFlag"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int *flag = dlsym(library, names[i]);
        if (flag) {
            *flag = 1;
        }
    }
}

/*
 * Only our own home counts. The environment is the one way to say it that all
 * versions know, so it is cleaned of all else that CPython would read.
 */
static void set_environment(const char *home)
{
    for (char **entry = environ; *entry;) {
        if (strncmp(*entry, "PYTHON", 6) != 0 || !strchr(*entry, '=')) {
            entry++;
            continue;
        }
        _cleanup_(free_p) char *name = strdup(*entry);
        must(name != NULL);
        name[strcspn(name, "=")] = '\0';
        must(unsetenv(name) == 0); /* the next entry moves here */
    }
    must(setenv("PYTHONHOME", home, 1) == 0);
}

/* With the lock held. */
static int run_code(const struct libpython_pace *pace, struct diag *diag)
{
    char code[512];
    snprintf(code, sizeof(code),
             "import sys\n"
             "try:\n"
             "    sys.setswitchinterval((%" PRId64 " + 0.1) / 1e6)\n"
             "except AttributeError:\n"
             "    sys.setcheckinterval(%" PRId64 ")\n"
             "gilbench_free = (hasattr(sys, '_is_gil_enabled') and\n"
             "                 not sys._is_gil_enabled())\n"
             "def gilbench_empty(): pass\n",
             pace->switch_interval_us, pace->check_interval);
    if (python.run_string(code, NULL) != 0) {
        return diag_set(diag, -EIO, "%s: cannot run a line of Python",
                        python.facts.path);
    }
    void *module = python.add_module("__main__");
    void *free_threaded = python.get_attribute(module, "gilbench_free");
    python.empty = python.get_attribute(module, "gilbench_empty");
    must(free_threaded != NULL && python.empty != NULL);
    python.facts.free_threaded = python.is_true(free_threaded) == 1;
    python.free_reference(free_threaded);
    return 0;
}

/* The file that it really is: `path` may be a link, or a library that only
 * leads to the one with the functions. */
static int read_facts(const char *path, struct diag *diag)
{
    Dl_info info;
    void *function;
    memcpy(&function, &python.get_version, sizeof(function));
    must(dladdr(function, &info) != 0);
    _cleanup_(free_p) char *real = realpath(info.dli_fname, NULL);
    python.facts.path = interned(intern(real ? real : info.dli_fname));
    char version[64];
    const char *text = python.get_version();
    snprintf(version, sizeof(version), "%.*s", (int)strcspn(text, " "), text);
    python.facts.version = interned(intern(version));
    if (!libpython_version_is_known(version)) {
        return diag_set(diag, -ENOEXEC,
                        "%s: CPython %s; 2.7 is the oldest that works", path,
                        version);
    }
    return 0;
}

static int load(const char *path, struct diag *diag)
{
    void *library = NULL;
    int rc = libpython_check_file(path, diag);
    rc = rc < 0 ? rc : open_library(path, &library, diag);
    rc = rc < 0 ? rc : find_symbols(library, path, diag);
    rc = rc < 0 ? rc : read_facts(path, diag);
    if (rc < 0) {
        return rc;
    }
    char home[PATH_MAX];
    rc = libpython_find_home(python.facts.path, python.facts.version, home,
                             diag);
    if (rc < 0) {
        return rc;
    }
    set_flags(library);
    set_environment(home);
    return 0;
}

static int start(const char *path, const struct libpython_pace *pace,
                 struct diag *diag)
{
    int rc = load(path, diag);
    if (rc < 0) {
        return rc;
    }
    python.initialize(0);
    if (python.init_threads) {
        python.init_threads();
    }
    rc = run_code(pace, diag);
    python.interpreter = python.interpreter_head();
    python.main_state = python.save_thread();
    return rc;
}

static int pace_anew(const struct libpython_pace *pace, struct diag *diag)
{
    python.restore_thread(python.main_state);
    python.free_reference(python.empty);
    int rc = run_code(pace, diag);
    python.main_state = python.save_thread();
    return rc;
}

int libpython_start(const char *path, const struct libpython_pace *pace,
                    const struct libpython **ret, struct diag *diag)
{
    static int64_t started; /* the number of its path */
    int64_t wanted = intern(path);
    if (started && started != wanted) {
        return diag_set(diag, -EBUSY,
                        "%s: this process has another CPython, %s", path,
                        interned(started));
    }
    int rc = started ? pace_anew(pace, diag) : start(path, pace, diag);
    if (rc == 0) {
        started = wanted;
        *ret = &python;
    }
    return rc;
}
