"""The seam to libbpf: what goes wrong there comes out as one clear error."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.sources.kernel import libbpf
from strandwatch.sources.kernel.libbpf import BpfMap, BpfObject, Ring, processors, read_iterator
from strandwatch.sources.kernel.programs import image

START = """
from strandwatch.errors import StrandwatchError
from strandwatch.runtime.clock import SystemClock
from strandwatch.sources.kernel.source import KernelSource

try:
    KernelSource(SystemClock()).start()
except StrandwatchError as error:
    print(error)
"""


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    libbpf._library.cache_clear()
    monkeypatch.setattr(libbpf, "LIBRARY", "libbpf-is-not-here.so.1")
    yield
    libbpf._library.cache_clear()


@pytest.fixture
def bpf() -> Iterator[BpfObject]:
    opened = BpfObject(image())
    yield opened
    opened.close()


@pytest.mark.usefixtures("no_library")
def test_a_missing_library_is_named_with_the_package_that_brings_it() -> None:
    with pytest.raises(MissingCapabilityError, match="apt install libbpf1"):
        BpfObject(image())


@pytest.mark.parametrize("data", [b"", b"\x7fELF", image()[:2000]])
def test_a_broken_object_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        BpfObject(data)


def test_what_the_object_does_not_have_is_named(bpf: BpfObject) -> None:
    with pytest.raises(SourceError, match="no map nowhere"):
        bpf.map_descriptor("nowhere")
    with pytest.raises(SourceError, match="no program nobody"):
        bpf.attach("nobody")


def test_constants_of_another_size_are_refused(bpf: BpfObject) -> None:
    with pytest.raises(SourceError, match="setting constants"):
        bpf.set_constants(b"short")


def test_closing_twice_is_safe(bpf: BpfObject) -> None:
    bpf.close()
    bpf.close()


def test_a_descriptor_that_is_no_map_holds_nothing() -> None:
    nothing = BpfMap(-1, key_bytes=4, value_bytes=8)

    nothing.delete(bytes(4))

    assert nothing.get(bytes(4)) is None
    assert nothing.all_keys(10) == []


def test_what_is_no_ring_and_no_iterator_is_refused() -> None:
    with pytest.raises(SourceError, match="ring of events"):
        Ring(-1, lambda _: None, batch=1)
    with pytest.raises(SourceError, match="iterator"):
        read_iterator(-1)


def test_a_map_has_a_value_for_every_processor_there_can_be() -> None:
    assert processors() >= (os.cpu_count() or 1)


@pytest.mark.root
def test_without_capabilities_the_tier_says_which_it_needs() -> None:
    bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]

    said = subprocess.run(
        [*bare, sys.executable, "-c", START], capture_output=True, text=True, check=True
    )

    assert "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN" in said.stdout
