"""Bad input of every kind: one clear message, a degraded state, and no stop."""

import shutil
import signal
from pathlib import Path

import pytest

from strandwatch.lab import traffic
from strandwatch.lab.daemon import Daemon, configuration_text
from strandwatch.lab.files import RunFolder
from strandwatch.lab.instrument import land_run_folder
from strandwatch.lab.namespaces import run_ip
from support.reading import alerts_to, done, files_of
from support.stage import WAIT, Room, Stage, Start

pytestmark = [pytest.mark.root, pytest.mark.slow]


def _notes(daemon: Daemon) -> str:
    """Give what the daemon says of its parts and sources that do not work."""
    health = daemon.health()
    broken = [*health.get("sources", ()), *health.get("parts", ())]
    return "\n".join(f"{part['name']}: {part['note']}" for part in broken if not part["working"])


def _is_alive(daemon: Daemon) -> bool:
    return daemon.process is not None and daemon.process.poll() is None


def _upload_is_seen(stage: Stage, daemon: Daemon, folder: RunFolder) -> None:
    host = stage.host("cn")
    path = folder.bams[0]

    done(daemon, traffic.curl([path], f"http://{host.address}/"))

    def named() -> bool:
        transfers = [alert["transfer"] for alert in alerts_to(daemon, host)]
        return str(path) in files_of(transfers)

    assert daemon.wait_for(named, WAIT), daemon.last_words(40)


def test_a_bad_configuration_on_reload_leaves_the_last_good_one(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    room.configuration.write_text("[watch]\nfolders = []\n[sources]\nflows = 3\n")

    daemon.signal(signal.SIGHUP)

    said = daemon.wait_for(lambda: "watch.folders" in daemon.last_words(200), WAIT)
    assert said, daemon.last_words(40)
    assert "sources.flows" in daemon.last_words(200)
    assert _is_alive(daemon)
    _upload_is_seen(stage, daemon, folder)


def test_a_good_configuration_on_reload_is_used(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    more = room.path / "more"
    more.mkdir()
    room.configuration.write_text(configuration_text([room.runs, more]))

    daemon.signal(signal.SIGHUP)

    second = land_run_folder(more, megabytes=0.2, samples=("LAB-9001",), seed=77)
    bam = str(second.bams[0])

    def landed() -> bool:
        return bam in {file["path"] for file in daemon.records("files")}

    assert daemon.wait_for(landed, WAIT), daemon.last_words(40)
    _upload_is_seen(stage, daemon, folder)


def test_a_bad_configuration_at_start_is_refused_with_every_bad_option(
    stage: Stage, room: Room
) -> None:
    room.configuration.write_text("[watch]\nfolders = []\n[sources]\nflows = 3\n")
    daemon = Daemon(stage.network.sequencer, room.configuration, room.state)

    answered = daemon.ask("run", "--config", str(room.configuration))

    assert answered.returncode == 3
    assert "watch.folders" in answered.stderr
    assert "sources.flows" in answered.stderr
    assert "Traceback" not in answered.stderr


def test_a_directory_that_disappears_and_comes_back_is_watched_again(
    room: Room, start: Start
) -> None:
    daemon = start(room)
    shutil.rmtree(room.runs)
    assert daemon.wait_for(lambda: str(room.runs) in _notes(daemon), WAIT), daemon.health()
    assert daemon.health()["state"] == "degraded"

    room.runs.mkdir()

    assert daemon.wait_for(lambda: str(room.runs) not in _notes(daemon), WAIT), _notes(daemon)
    folder = land_run_folder(room.runs, megabytes=0.2)

    def landed() -> bool:
        return str(folder.bams[0]) in {file["path"] for file in daemon.records("files")}

    assert daemon.wait_for(landed, WAIT), daemon.last_words(40)
    assert _is_alive(daemon)


def test_a_directory_that_is_missing_at_the_start_is_named_and_waited_for(
    room: Room, start: Start
) -> None:
    room.runs.rmdir()

    daemon = start(room)

    assert daemon.wait_for(lambda: str(room.runs) in _notes(daemon), WAIT), daemon.health()
    room.runs.mkdir()
    assert daemon.wait_for(lambda: str(room.runs) not in _notes(daemon), WAIT), _notes(daemon)


@pytest.mark.parametrize("content", [b"", b"this is no address database" * 100, None])
def test_a_broken_address_database_is_named_and_the_rest_goes_on(
    stage: Stage, room: Room, folder: RunFolder, start: Start, content: bytes | None
) -> None:
    database = room.path / "broken.mmdb"
    if content is not None:
        database.write_bytes(content)
    room.configuration.write_text(configuration_text([room.runs], database))

    daemon = start(room)

    assert daemon.wait_for(lambda: "broken.mmdb" in _notes(daemon), WAIT), daemon.health()
    assert daemon.health()["state"] == "degraded"
    done(daemon, traffic.curl(folder.bams[:1], f"http://{stage.address('cn')}/"))

    def recorded() -> bool:
        return str(folder.bams[0]) in files_of(daemon.records("transfers"))

    assert daemon.wait_for(recorded, WAIT), daemon.last_words(40)


def test_a_broken_record_is_set_aside_whole_and_a_new_one_begun(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    _upload_is_seen(stage, daemon, folder)
    daemon.stop()
    record = max(room.state.glob("record.*"), key=lambda path: path.stat().st_size)
    broken = b"\0" * 4096 + record.read_bytes()[4096:]
    record.write_bytes(broken)
    for beside in room.state.glob(f"{record.name}-*"):
        beside.unlink()

    daemon.start()

    assert daemon.wait_for(lambda: "record" in _notes(daemon).lower(), WAIT), daemon.health()
    _upload_is_seen(stage, daemon, folder)
    kept = [path for path in room.state.iterdir() if path.is_file() and path != record]
    assert any(path.read_bytes() == broken for path in kept)


def test_an_interface_that_goes_away_stops_nothing(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    name = stage.network.sequencer.name
    run_ip("-n", name, "link", "add", "extra0", "type", "veth", "peer", "name", "extra1")
    run_ip("-n", name, "link", "set", "extra0", "up")
    daemon = start(room)

    run_ip("-n", name, "link", "delete", "extra0")

    _upload_is_seen(stage, daemon, folder)
    assert _is_alive(daemon)


def test_a_state_directory_that_cannot_be_used_is_refused_in_words(
    stage: Stage, room: Room, tmp_path: Path
) -> None:
    occupied = tmp_path / "state"
    occupied.write_text("a file")
    daemon = Daemon(stage.network.sequencer, room.configuration, occupied)

    answered = daemon.ask("run", "--config", str(room.configuration))

    assert answered.returncode == 2
    assert str(occupied) in answered.stderr
    assert "Traceback" not in answered.stderr
