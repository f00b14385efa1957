/* SPDX-License-Identifier: MIT */
/*
 * Libraries that look like a CPython and are none, for test_libpython.py:
 * too old (OLD), or without what is needed (STRIPPED).
 */
#define FUNCTION(name)                                                         \
    int name(void);                                                            \
    int name(void)                                                             \
    {                                                                          \
        return 0;                                                              \
    }

const char *Py_GetVersion(void);

const char *Py_GetVersion(void)
{
#ifdef OLD
    return "2.6.9 (default)";
#else
    return "3.11.2 (main)";
#endif
}

FUNCTION(Py_InitializeEx)
#ifndef STRIPPED
FUNCTION(PyRun_SimpleStringFlags)
FUNCTION(PyImport_AddModule)
FUNCTION(PyObject_GetAttrString)
FUNCTION(PyObject_IsTrue)
FUNCTION(PyObject_CallObject)
FUNCTION(Py_DecRef)
FUNCTION(PyInterpreterState_Head)
FUNCTION(PyEval_SaveThread)
FUNCTION(PyEval_RestoreThread)
FUNCTION(PyThreadState_New)
FUNCTION(PyThreadState_Clear)
FUNCTION(PyThreadState_DeleteCurrent)
#endif
