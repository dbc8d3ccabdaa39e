"""Choosing programs, and finding where they attach."""

from pathlib import Path

import pytest

from strandwatch.errors import SourceError
from strandwatch.sources.kernel.programs import (
    PROGRAMS,
    LoadOptions,
    ProgramReport,
    chosen,
    find_cgroup_root,
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
