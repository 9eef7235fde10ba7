"""What the Linux kernel refuses a process for good: programs, sockets, and reaching into others.

Python's own refusals end where machine code begins: ctypes calls `execve` without asking Python.
A seccomp filter does not. The filter is made by libseccomp, which knows the system calls of every
processor; nearly every Linux system has it, as systemd and apt need it.
"""

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

LIBRARY = "libseccomp.so.2"
ALLOW = 0x7FFF0000
REFUSE = 0x00050000
"""With the number of an error in the lower half."""
ALL_THREADS = 4
"""The attribute of a filter by which it holds for threads that run already."""
UNKNOWN = -1
NOT_EQUAL, MASKED_EQUAL = 1, 7
CLONE_THREAD = 0x10000

NETWORK = ("socket", "io_uring_setup")
"""io_uring opens sockets by itself, where no filter looks."""
PROGRAMS = ("execve", "execveat", "fork", "vfork")
OTHER_PROCESSES = ("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "tkill")
SIGNALS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
"""Refused unless their first argument is this process."""


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class _Rule:
    """A system call that is refused where all comparisons hold."""

    call: str
    comparisons: tuple[_Comparison, ...] = ()
    error: int = errno.EPERM


def _network_rules() -> Iterator[_Rule]:
    yield from map(_Rule, NETWORK)


def _process_rules() -> Iterator[_Rule]:
    """Yield what keeps a process alone; threads stay possible."""
    yield from map(_Rule, (*PROGRAMS, *OTHER_PROCESSES))
    yield _Rule("clone", (_Comparison(0, MASKED_EQUAL, CLONE_THREAD, 0),))
    # A filter cannot read what clone3 points to. Where a kernel does not have it, C libraries start
    # threads by clone.
    yield _Rule("clone3", error=errno.ENOSYS)
    for call in SIGNALS:
        yield _Rule(call, (_Comparison(0, NOT_EQUAL, os.getpid(), 0),))


def refuse_sockets() -> bool:
    """Let the kernel refuse this process every socket; return whether it does."""
    return _load(_network_rules())


def refuse_processes() -> bool:
    """Let the kernel refuse this process to start or reach another; return whether it does."""
    return _load(_process_rules())


@functools.cache
def find_library() -> "ctypes.CDLL | None":
    """Return libseccomp; None where it is not installed, or the system is no Linux."""
    if sys.platform != "linux":
        return None
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_load.argtypes = library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
        ctypes.POINTER(_Comparison),
    ]
    return library


def _load(rules: Iterator[_Rule]) -> bool:
    """Put a filter in force, for all threads and for good; return whether it is."""
    library = find_library()
    context = library.seccomp_init(ALLOW) if library is not None else None
    if library is None or not context:
        return False
    try:
        failed = library.seccomp_attr_set(context, ALL_THREADS, 1)
        for rule in rules:
            failed = _add(library, context, rule) or failed
        return not failed and library.seccomp_load(context) == 0
    finally:
        library.seccomp_release(context)


def _add(library: ctypes.CDLL, context: int, rule: _Rule) -> int:
    """Add a rule; return an error, 0 where there is none."""
    number = library.seccomp_syscall_resolve_name(rule.call.encode())
    if number == UNKNOWN:  # a newer call than the library knows
        return 0
    count, action = len(rule.comparisons), REFUSE | rule.error
    compared = (_Comparison * count)(*rule.comparisons)
    return int(library.seccomp_rule_add_array(context, action, number, count, compared))
