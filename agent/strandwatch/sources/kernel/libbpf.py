"""The few functions of libbpf.so.1 that loading and reading programs needs, through ctypes.

Nothing is compiled on the machine and no kernel headers are read: libbpf takes the offsets from the
running kernel's BTF. Only functions of libbpf 1.0 and later are used.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache

from strandwatch.errors import MissingCapabilityError, SourceError

LIBRARY = "libbpf.so.1"

_POINTER = ctypes.c_void_p
_SAMPLE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_ITER_CREATE_READ = 64 * 1024
_LOG_BYTES = 64 * 1024
_LINK_INFO = struct.Struct("=I11x")
_ATTACH_OPTIONS = struct.Struct("=QQI4x")

_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "libbpf_set_print": (_POINTER, [_POINTER]),
    "libbpf_num_possible_cpus": (ctypes.c_int, []),
    "bpf_object__open_mem": (_POINTER, [ctypes.c_char_p, ctypes.c_size_t, _POINTER]),
    "bpf_object__load": (ctypes.c_int, [_POINTER]),
    "bpf_object__close": (None, [_POINTER]),
    "bpf_object__find_program_by_name": (_POINTER, [_POINTER, ctypes.c_char_p]),
    "bpf_object__next_program": (_POINTER, [_POINTER, _POINTER]),
    "bpf_object__find_map_by_name": (_POINTER, [_POINTER, ctypes.c_char_p]),
    "bpf_object__next_map": (_POINTER, [_POINTER, _POINTER]),
    "bpf_program__name": (ctypes.c_char_p, [_POINTER]),
    "bpf_program__set_autoload": (ctypes.c_int, [_POINTER, ctypes.c_bool]),
    "bpf_program__set_log_buf": (ctypes.c_int, [_POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    "bpf_program__attach": (_POINTER, [_POINTER]),
    "bpf_program__attach_cgroup": (_POINTER, [_POINTER, ctypes.c_int]),
    "bpf_program__attach_iter": (_POINTER, [_POINTER, _POINTER]),
    "bpf_link__fd": (ctypes.c_int, [_POINTER]),
    "bpf_link__destroy": (ctypes.c_int, [_POINTER]),
    "bpf_iter_create": (ctypes.c_int, [ctypes.c_int]),
    "bpf_map__fd": (ctypes.c_int, [_POINTER]),
    "bpf_map__name": (ctypes.c_char_p, [_POINTER]),
    "bpf_map__value_size": (ctypes.c_uint32, [_POINTER]),
    "bpf_map__key_size": (ctypes.c_uint32, [_POINTER]),
    "bpf_map__set_max_entries": (ctypes.c_int, [_POINTER, ctypes.c_uint32]),
    "bpf_map__set_initial_value": (ctypes.c_int, [_POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    "bpf_map_lookup_elem": (ctypes.c_int, [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]),
    "bpf_map_delete_elem": (ctypes.c_int, [ctypes.c_int, ctypes.c_char_p]),
    "bpf_map_get_next_key": (ctypes.c_int, [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p]),
    "ring_buffer__new": (_POINTER, [ctypes.c_int, _SAMPLE, _POINTER, _POINTER]),
    "ring_buffer__consume": (ctypes.c_int, [_POINTER]),
    "ring_buffer__epoll_fd": (ctypes.c_int, [_POINTER]),
    "ring_buffer__free": (None, [_POINTER]),
}


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY, use_errno=True)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        message = f"{LIBRARY} cannot be used (apt install libbpf1)"
        raise MissingCapabilityError(f"{message}: {error}") from error
    # What it would print is asked for by other means: the error number and the verifier's log.
    library.libbpf_set_print(None)
    return library


def processors() -> int:
    """Give the number of values that a per-processor map holds for each key."""
    return int(_library().libbpf_num_possible_cpus())


class BpfObject:
    """One open object file: choose programs, load, attach, read its maps."""

    def __init__(self, image: bytes) -> None:
        self._library = _library()
        self._links: list[int] = []
        self._logs: dict[str, ctypes.Array[ctypes.c_char]] = {}
        self._image = image
        self._object = self._library.bpf_object__open_mem(image, len(image), None)
        if not self._object:
            raise SourceError(f"the eBPF object cannot be opened: {_why(ctypes.get_errno())}")

    def choose(self, names: Collection[str]) -> None:
        """Load only these programs."""
        for name, program in self._programs():
            self._library.bpf_program__set_autoload(program, name in names)
            if name in names:
                log = ctypes.create_string_buffer(_LOG_BYTES)
                self._logs[name] = log
                self._library.bpf_program__set_log_buf(program, log, _LOG_BYTES)

    def set_constants(self, data: bytes) -> None:
        """Fill the read-only data, before loading."""
        self._checked(
            self._library.bpf_map__set_initial_value(self._map_ending(".rodata"), data, len(data)),
            "setting constants",
        )

    def limit(self, map_name: str, entries: int) -> None:
        """Give a map another size, before loading."""
        found = self._library.bpf_object__find_map_by_name(self._object, map_name.encode())
        self._checked(self._library.bpf_map__set_max_entries(found, entries), map_name)

    def sizes(self, map_name: str) -> tuple[int, int]:
        """Give the bytes of a map's keys and values."""
        found = self._library.bpf_object__find_map_by_name(self._object, map_name.encode())
        return (
            int(self._library.bpf_map__key_size(found)),
            int(self._library.bpf_map__value_size(found)),
        )

    def load(self) -> None:
        """Load the chosen programs; raises SourceError with the reason of the first that fails."""
        code = self._library.bpf_object__load(self._object)
        if code:
            raise SourceError(self._refusal(-code))

    def attach(self, name: str, cgroup: int | None = None) -> None:
        """Attach a loaded program to its tracepoint, or to the cgroup behind the descriptor."""
        program = self._program(name)
        if cgroup is None:
            link = self._library.bpf_program__attach(program)
        else:
            link = self._library.bpf_program__attach_cgroup(program, cgroup)
        self._keep_link(link, name)

    def attach_iterator(self, name: str, map_name: str | None = None) -> int:
        """Give the descriptor of an iterator's link, over a map where one is named."""
        options = None
        if map_name is not None:
            # `union bpf_iter_link_info` in its map form, and `struct bpf_iter_attach_opts`.
            info = ctypes.create_string_buffer(_LINK_INFO.pack(self.map_descriptor(map_name)))
            packed = _ATTACH_OPTIONS.pack(_ATTACH_OPTIONS.size, ctypes.addressof(info), len(info))
            options = ctypes.create_string_buffer(packed)
        link = self._library.bpf_program__attach_iter(self._program(name), options)
        return int(self._library.bpf_link__fd(self._keep_link(link, name)))

    def map_descriptor(self, name: str) -> int:
        """Give a loaded map's descriptor."""
        found = self._library.bpf_object__find_map_by_name(self._object, name.encode())
        if not found:
            raise SourceError(f"the eBPF object has no map {name}")
        return int(self._library.bpf_map__fd(found))

    def close(self) -> None:
        """Detach and free everything; safe twice."""
        for link in self._links:
            self._library.bpf_link__destroy(link)
        self._links.clear()
        if self._object:
            self._library.bpf_object__close(self._object)
            self._object = None

    def _keep_link(self, link: int | None, name: str) -> int:
        if not link:
            raise SourceError(f"{name} cannot be attached: {_why(ctypes.get_errno())}")
        self._links.append(link)
        return link

    def _program(self, name: str) -> int:
        found = self._library.bpf_object__find_program_by_name(self._object, name.encode())
        if not found:
            raise SourceError(f"the eBPF object has no program {name}")
        return int(found)

    def _programs(self) -> Iterator[tuple[str, int]]:
        program = self._library.bpf_object__next_program(self._object, None)
        while program:
            yield self._library.bpf_program__name(program).decode(), program
            program = self._library.bpf_object__next_program(self._object, program)

    def _map_ending(self, suffix: str) -> int:
        found = self._library.bpf_object__next_map(self._object, None)
        while found:
            if self._library.bpf_map__name(found).decode().endswith(suffix):
                return int(found)
            found = self._library.bpf_object__next_map(self._object, found)
        raise SourceError(f"the eBPF object has no map {suffix}")

    def _checked(self, code: int, what: str) -> None:
        if code:
            raise SourceError(f"eBPF: {what}: {_why(-code)}")

    def _refusal(self, code: int) -> str:
        for log in self._logs.values():
            lines = log.value.decode(errors="replace").splitlines()
            told = [line for line in lines if line and not line.startswith("processed ")]
            if told:
                return f"{_why(code)}; the verifier says: {told[-1][:200]}"
        return _why(code)


class BpfMap:
    """A loaded map: one value at a time, of sizes that the caller knows."""

    def __init__(self, descriptor: int, key_bytes: int, value_bytes: int) -> None:
        self._library = _library()
        self._descriptor = descriptor
        self._key_bytes = key_bytes
        self._value = ctypes.create_string_buffer(value_bytes)

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key, or None."""
        if self._library.bpf_map_lookup_elem(self._descriptor, key, self._value):
            return None
        return self._value.raw

    def delete(self, key: bytes) -> None:
        """Remove a key; one that is gone already is no error."""
        self._library.bpf_map_delete_elem(self._descriptor, key)

    def all_keys(self, limit: int) -> list[bytes]:
        """Give the keys, at most so many: one removed meanwhile makes the kernel begin anew."""
        found: list[bytes] = []
        key: bytes | None = None
        following = ctypes.create_string_buffer(self._key_bytes)
        while len(found) < limit and not self._library.bpf_map_get_next_key(
            self._descriptor, key, following
        ):
            key = following.raw
            found.append(key)
        return found


class Ring:
    """The ring of events, read through libbpf because only it orders memory right everywhere."""

    def __init__(self, descriptor: int, handle: Callable[[bytes], None], batch: int) -> None:
        self._library = _library()
        self._handle = handle
        self._batch = batch
        self._left = 0
        self._callback = _SAMPLE(self._sample)
        self._ring = self._library.ring_buffer__new(descriptor, self._callback, None, None)
        if not self._ring:
            raise SourceError(f"the ring of events cannot be read: {_why(ctypes.get_errno())}")

    def descriptor(self) -> int:
        """Give a descriptor to wait on."""
        return int(self._library.ring_buffer__epoll_fd(self._ring))

    def consume(self) -> bool:
        """Hand on what is there, a batch at most; True when the batch was full."""
        self._left = self._batch
        self._library.ring_buffer__consume(self._ring)
        return self._left <= 0

    def close(self) -> None:
        """Unmap; safe twice."""
        if self._ring:
            self._library.ring_buffer__free(self._ring)
            self._ring = None

    def _sample(self, _context: object, data: int, size: int) -> int:
        self._handle(ctypes.string_at(data, size))
        self._left -= 1
        return 0 if self._left > 0 else -errno.EAGAIN


def read_iterator(link: int) -> bytes:
    """Run an iterator once and give everything that it wrote."""
    descriptor = _library().bpf_iter_create(link)
    if descriptor < 0:
        raise SourceError(f"an eBPF iterator cannot be run: {_why(-descriptor)}")
    with _closing(descriptor):
        pieces = []
        while piece := _read(descriptor):
            pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read(descriptor: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, _ITER_CREATE_READ)
        except BlockingIOError:
            # The kernel's way to say that it looked at many sockets and wrote none of them.
            continue
        except OSError as error:
            raise SourceError(f"an eBPF iterator broke off: {error.strerror}") from error


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _why(code: int) -> str:
    if code == errno.EPERM:
        return "not permitted (needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN)"
    if code == errno.ESRCH:
        return "this kernel has no such hook"
    return f"{os.strerror(code)} ({errno.errorcode.get(code, code)})"
