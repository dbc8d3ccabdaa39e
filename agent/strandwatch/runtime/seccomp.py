"""A system-call filter for worker processes: compute, talk on open descriptors, nothing else.

Classic BPF over `struct seccomp_data` (seccomp(2)). Calls that are not on the list fail with EPERM,
so that a worker that tries one sees an ordinary error; a foreign architecture is killed.
"""

import ctypes
import os
import platform
import struct

from strandwatch.errors import MissingCapabilityError

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD_WORD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _FAIL_EPERM, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_X32_BIT = 0x40000000

# Numbers of <asm/unistd.h>: x86_64 first, then the generic table that aarch64 uses.
_CALLS: dict[str, tuple[int, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "poll": (7, 73),
    "ppoll": (271, 73),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "exit": (60, 93),
    "fcntl": (72, 25),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "sigaltstack": (131, 132),
    "getrandom": (318, 278),
    "setitimer": (38, 103),
    "getrusage": (98, 165),
    "rseq": (334, 293),
}
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def confine() -> None:
    """Allow this process only the calls on the list, for good.

    Raises MissingCapabilityError where the kernel has no seccomp filters or the processor is one
    that the list does not cover.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise MissingCapabilityError(f"no system-call filter for {machine}")
    program = _program(*_ARCHITECTURES[machine])
    buffer = ctypes.create_string_buffer(program, len(program))
    length = len(program) // 8
    header = struct.pack("@HxxxxxxP", length, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        raise MissingCapabilityError(f"seccomp: {os.strerror(ctypes.get_errno())}")


def _program(architecture: int, column: int) -> bytes:
    allowed = sorted({row[column] for row in _CALLS.values()})
    tests = [
        _instruction(_JUMP_EQUAL, len(allowed) - position, 0, number)
        for position, number in enumerate(allowed)
    ]
    return b"".join(
        [
            _instruction(_LOAD_WORD, 0, 0, 4),
            _instruction(_JUMP_EQUAL, 1, 0, architecture),
            _instruction(_RETURN, 0, 0, _KILL),
            _instruction(_LOAD_WORD, 0, 0, 0),
            _instruction(_JUMP_GREATER_EQUAL, len(allowed), 0, _X32_BIT),
            *tests,
            _instruction(_RETURN, 0, 0, _FAIL_EPERM),
            _instruction(_RETURN, 0, 0, _ALLOW),
        ]
    )


def _instruction(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("@HBBI", code, if_true, if_false, value)
