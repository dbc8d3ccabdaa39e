"""The whole path: a real client uploads a real file, and the alert names it."""

import pytest

from strandwatch.lab import traffic
from strandwatch.lab.files import SAMPLES, RunFolder
from strandwatch.lab.traffic import Upload
from support.reading import alerts_to, done, files_of, senders_of, transfers_to
from support.stage import HOST_NAMES, WAIT, Room, Stage, Start

pytestmark = [pytest.mark.root, pytest.mark.slow]


def _upload(tool: str, stage: Stage, folder: RunFolder, host: str) -> tuple[Upload, str]:
    """Give an upload of the first BAM, and the program whose socket sends it."""
    files = folder.bams[:1]
    match tool:
        case "curl":
            return traffic.curl(files, f"http://{stage.address(host)}/"), "curl"
        case "curl over TLS":
            certificate = stage.sinks[host].certificate
            return traffic.curl(
                files, f"https://{HOST_NAMES[host]}/", certificate=certificate
            ), "curl"
        case "scp":
            return traffic.scp(files, stage.ssh[host], stage.address(host)), "ssh"
        case "sftp":
            return traffic.sftp(files, stage.ssh[host], stage.address(host)), "ssh"
        case _:
            return traffic.rsync(files, stage.ssh[host], stage.address(host)), "ssh"


TOOLS = ("curl", "curl over TLS", "scp", "sftp", "rsync")


@pytest.mark.parametrize("tool", TOOLS)
def test_an_upload_to_a_country_of_concern_is_an_alert(
    stage: Stage, room: Room, folder: RunFolder, start: Start, tool: str
) -> None:
    daemon = start(room)
    host = stage.host("cn")
    upload, sender = _upload(tool, stage, folder, "cn")

    done(daemon, upload)

    def named() -> bool:
        transfers = [alert["transfer"] for alert in alerts_to(daemon, host)]
        return files_of(transfers) == {str(folder.bams[0])}

    assert daemon.wait_for(named, WAIT), daemon.last_words(40)
    (alert,) = alerts_to(daemon, host)
    transfer = alert["transfer"]
    assert senders_of([transfer]) == {sender}
    assert transfer["destination"]["countries"][0] == "CN"
    assert transfer["destination"]["jurisdictions"] == ["CN"]
    (file,) = transfer["files"]
    assert (file["format"], file["species"]) == ("bam", "human")
    assert file["persons"] == {"at_least": 1, "at_most": 1}


def test_the_name_on_the_wire_is_in_the_alert(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    upload, _ = _upload("curl over TLS", stage, folder, "cn")

    done(daemon, upload)

    def named() -> bool:
        alerts = alerts_to(daemon, stage.host("cn"))
        names = {alert["transfer"]["destination"]["server_name"] for alert in alerts}
        return names == {HOST_NAMES["cn"]}

    assert daemon.wait_for(named, WAIT), daemon.last_words(40)


@pytest.mark.parametrize("tool", TOOLS)
def test_an_upload_to_the_united_states_is_recorded_and_quiet(
    stage: Stage, room: Room, folder: RunFolder, start: Start, tool: str
) -> None:
    daemon = start(room)
    host = stage.host("us")
    upload, sender = _upload(tool, stage, folder, "us")

    done(daemon, upload)

    def recorded() -> bool:
        return str(folder.bams[0]) in files_of(transfers_to(daemon, host))

    assert daemon.wait_for(recorded, WAIT), daemon.last_words(40)
    assert senders_of(transfers_to(daemon, host)) == {sender}
    assert not alerts_to(daemon, host)


def test_the_persons_of_several_files_are_counted_once(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    host = stage.host("cn")

    done(daemon, traffic.curl([*folder.bams, folder.vcf], f"http://{host.address}/"))

    def persons() -> int:
        counts = [
            regime["persons"]["now"]
            for alert in alerts_to(daemon, host)
            for regime in alert["regimes"]
        ]
        return max(counts, default=0)

    assert daemon.wait_for(lambda: persons() == len(SAMPLES), WAIT), daemon.last_words(40)


def test_a_report_without_sequence_to_a_country_of_concern_is_quiet(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    host = stage.host("cn")

    done(daemon, traffic.curl([folder.report], f"http://{host.address}/"))
    done(daemon, traffic.curl(folder.bams[:1], f"http://{host.address}/"))

    assert daemon.wait_for(lambda: bool(alerts_to(daemon, host)), WAIT), daemon.last_words(40)
    assert str(folder.report) not in files_of(transfers_to(daemon, host))


def test_bytes_sent_agree_with_what_the_far_end_received(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    host = stage.host("cn")

    done(daemon, traffic.curl(folder.bams[:1], f"http://{host.address}/"))

    received = stage.sinks["cn"].receipts()[-1]["bytes"]
    assert received == folder.bams[0].stat().st_size

    def ended() -> bool:
        return any(transfer["ended"] for transfer in transfers_to(daemon, host))

    assert daemon.wait_for(ended, WAIT), daemon.last_words(40)
    (transfer,) = transfers_to(daemon, host)
    # The request's head goes with the body.
    assert received < transfer["sent_bytes"] < received + 1000


def test_the_daemon_drains_and_ends_with_0_when_told_to(room: Room, start: Start) -> None:
    daemon = start(room)

    assert daemon.stop() == 0
    assert daemon.health()["state"] == "stopping"
