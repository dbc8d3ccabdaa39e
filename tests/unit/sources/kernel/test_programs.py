"""Choosing programs, and finding where they attach."""

from pathlib import Path

import pytest

from strandwatch.errors import SourceError
from strandwatch.sources.kernel import programs
from strandwatch.sources.kernel.programs import (
    PROGRAMS,
    LoadOptions,
    ProgramReport,
    chosen,
    find_cgroup_root,
    image,
    load,
    probe,
)

UNIFIED = "36 25 0:31 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = """\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
INSIDE_A_CONTAINER = "36 25 0:31 /docker/0f /sys/fs/cgroup ro - cgroup2 cgroup ro\n"


@pytest.mark.parametrize(
    ("mountinfo", "root"),
    [
        (UNIFIED, Path("/sys/fs/cgroup")),
        (HYBRID, Path("/sys/fs/cgroup/unified")),
        (INSIDE_A_CONTAINER, None),
        ("", None),
        ("nonsense - \n", None),
    ],
)
def test_the_root_of_the_unified_hierarchy_is_found_wherever_it_is(
    mountinfo: str, root: Path | None
) -> None:
    assert find_cgroup_root(mountinfo) == root


def test_a_substitute_is_taken_only_where_the_better_program_is_refused() -> None:
    all_work = [ProgramReport(program=program, works=True) for program in PROGRAMS]
    one_refused = [
        ProgramReport(program=program, works=program.name != "bytes_handed") for program in PROGRAMS
    ]

    assert "send_entered" not in {report.program.name for report in chosen(all_work)}
    assert "send_entered" in {report.program.name for report in chosen(one_refused)}


@pytest.mark.root
def test_every_program_is_tried_and_the_refused_ones_say_why() -> None:
    reports = probe(LoadOptions(without=frozenset({"frame_queued"})), None)

    reasons = {report.program.name: report.reason for report in reports}
    assert reasons["frame_queued"] == "switched off"
    assert reasons["packet_leaves"] == "no cgroup2 hierarchy is mounted"
    assert [name for name, reason in reasons.items() if not reason]


@pytest.mark.root
def test_a_missing_program_leaves_the_others_at_work() -> None:
    loaded = load(LoadOptions(without=frozenset({"bytes_handed", "process_forked"})), None)
    loaded.close()

    assert "state_changed" in loaded.names
    assert "send_entered" in loaded.names
    assert not loaded.names & {"bytes_handed", "process_forked", "packet_leaves"}


@pytest.mark.root
def test_without_an_essential_program_the_tier_is_refused_with_the_reason() -> None:
    with pytest.raises(SourceError, match="inet_sock_set_state: switched off"):
        load(LoadOptions(without=frozenset({"state_changed"})), None)


def on_a_kernel_without(monkeypatch: pytest.MonkeyPatch, hook: str) -> None:
    """Ask the kernel for a hook that it really does not have, under the same program."""
    wanted, missing = hook.encode(), hook.encode()[:-1] + b"_"
    doctored = image().replace(b"tp_btf/" + wanted, b"tp_btf/" + missing)
    assert doctored != image()
    monkeypatch.setattr(programs, "image", lambda: doctored)


@pytest.mark.root
def test_a_kernel_without_a_hook_falls_to_the_next_best_program_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_a_kernel_without(monkeypatch, "sock_send_length")

    loaded = load(LoadOptions(), None)
    loaded.close()

    (report,) = (each for each in loaded.reports if each.program.name == "bytes_handed")
    assert not report.works
    assert report.reason == "this kernel has no such hook"
    assert {"send_entered", "state_changed", "process_executed"} <= loaded.names


@pytest.mark.root
def test_a_kernel_without_an_essential_hook_is_left_to_the_next_tier(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_a_kernel_without(monkeypatch, "inet_sock_set_state")

    with pytest.raises(SourceError, match="inet_sock_set_state: this kernel has no such hook"):
        load(LoadOptions(), None)


@pytest.mark.root
def test_a_program_that_the_verifier_refuses_is_refused_in_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The same program at a hook that hands over something else than a task.
    doctored = image().replace(b"tp_btf/sched_process_exec", b"tp_btf/sched_process_wait")
    monkeypatch.setattr(programs, "image", lambda: doctored)

    loaded = load(LoadOptions(), None)
    loaded.close()

    (report,) = (each for each in loaded.reports if each.program.name == "process_executed")
    assert not report.works
    assert "the verifier says: " in report.reason
