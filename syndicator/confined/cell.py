"""What a process takes away from itself before it is given work (X20). Must not do any.

Everywhere: no core dump, no file grows, no new process, no new descriptor (so no file is opened and no socket made),
bounded memory, and the end when the parent ends. On Linux on x86-64 the kernel also refuses, for good, every system
call but those that compute, read the open channel and write to it: a seccomp filter, which needs no privilege.
"""

import ctypes
import fcntl
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
_X86_64 = 0xC000003E
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALLS = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
    "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25,
    "madvise": 28, "setitimer": 38, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99,
    "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "restart_syscall": 219, "clock_gettime": 228,
    "clock_nanosleep": 230, "exit_group": 231, "getrandom": 318, "membarrier": 324, "rseq": 334,
}  # fmt: skip
"""Linux's numbers on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)."""


def end_with(lifeline: int) -> None:
    """Let the kernel end this process when the parent's end of ``lifeline`` closes, whatever is being computed.

    Linux only; elsewhere the end of the channel is seen before the next document.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    with suppress(OSError, AttributeError):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def confine(*, memory: int, files: int) -> tuple[str, ...]:
    """Take away what the work does not need: ``memory`` bytes of address space stay, and descriptors below ``files``.

    Gives what was done: ``limits`` always, ``calls`` where the kernel filters system calls.
    """
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, files),
    ):
        with suppress(OSError, ValueError):  # a stricter limit stands already
            resource.setrlimit(kind, (most, most))
    return ("limits", "calls") if _filter_calls() else ("limits",)


def _filter_calls() -> bool:
    if sys.platform != "linux" or platform.machine() != "x86_64" or sys.maxsize < 2**32:
        return False
    program = _program()
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    holder = ctypes.create_string_buffer(head, len(head))
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _FILTER, ctypes.addressof(holder), 0, 0) == 0)


def _program() -> bytes:
    """Give the filter in the kernel's byte code: foreign architectures die, calls not listed fail with EPERM."""
    calls = list(_CALLS.values())
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _X86_64), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps += [(_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
