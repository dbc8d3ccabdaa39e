"""The daemon as an ordinary user: it sees its own user's slow uploads, and says what it misses."""

import os
from pathlib import Path

import pytest

from strandwatch.lab import traffic
from strandwatch.lab.files import RunFolder
from strandwatch.lab.instrument import land_run_folder
from support.reading import alerts_to, capabilities, done, files_of, senders_of
from support.stage import WAIT, Room, Stage, Start

pytestmark = [pytest.mark.root, pytest.mark.slow]

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")


@pytest.fixture
def own_room(room: Room) -> Room:
    """Give a room that belongs to an ordinary user."""
    room.state.mkdir()
    for path in (room.path, room.runs, room.state):
        os.chown(path, NOBODY, NOBODY)
    return room


@pytest.fixture
def own_folder(own_room: Room) -> RunFolder:
    folder = land_run_folder(own_room.runs, megabytes=1)
    for path in Path(own_room.runs).rglob("*"):
        os.chown(path, NOBODY, NOBODY)
    return folder


def test_a_slow_upload_of_the_same_user_is_an_alert(
    stage: Stage, own_room: Room, own_folder: RunFolder, start: Start
) -> None:
    daemon = start(own_room, *AS_NOBODY)
    host = stage.host("cn")
    upload = traffic.curl(own_folder.bams[:1], f"http://{host.address}/", kilobytes_per_second=300)

    done(daemon, traffic.Upload(upload.tool, (*AS_NOBODY, *upload.command)))

    assert daemon.wait_for(lambda: bool(alerts_to(daemon, host)), WAIT), daemon.last_words(40)
    transfers = [alert["transfer"] for alert in alerts_to(daemon, host)]
    assert files_of(transfers) == {str(own_folder.bams[0])}
    assert senders_of(transfers) == {"curl"}


def test_no_process_of_it_holds_a_capability(own_room: Room, start: Start) -> None:
    daemon = start(own_room, *AS_NOBODY)

    held = {pid: capabilities(pid) for pid in daemon.processes()}

    assert held
    assert not any(held.values())


def test_it_says_by_which_tier_it_sees(own_room: Room, start: Start) -> None:
    daemon = start(own_room, *AS_NOBODY)

    tiers = {source["tier"] for source in daemon.health()["sources"]}

    assert "portable" in tiers
    assert "kernel" not in tiers


def test_a_directory_that_it_may_not_read_is_named(own_room: Room, start: Start) -> None:
    own_room.runs.chmod(0)
    os.chown(own_room.runs, 0, 0)

    daemon = start(own_room, *AS_NOBODY)

    def named() -> bool:
        health = daemon.health()
        notes = [part["note"] for part in (*health["sources"], *health["parts"])]
        return any(str(own_room.runs) in note for note in notes)

    assert daemon.wait_for(named, WAIT), daemon.health()
    assert daemon.health()["state"] == "degraded"
