"""A daemon that is killed in the middle of an upload."""

import psutil
import pytest

from strandwatch.lab import traffic
from strandwatch.lab.files import RunFolder
from support.reading import alerts_to, files_of, transfers_to, uploading
from support.stage import WAIT, Room, Stage, Start

pytestmark = [pytest.mark.root, pytest.mark.slow]


def test_an_alert_is_neither_lost_nor_doubled(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    daemon = start(room)
    host = stage.host("cn")
    slow = traffic.curl(folder.bams[:1], f"http://{host.address}/", kilobytes_per_second=100)
    with uploading(daemon, slow):
        assert daemon.wait_for(lambda: bool(alerts_to(daemon, host)), WAIT), daemon.last_words(40)
        (before,) = alerts_to(daemon, host)
        members = daemon.processes()

        daemon.kill()
        assert daemon.wait_for(lambda: not any(map(psutil.pid_exists, members)), 10)
        daemon.start()

    def finished() -> bool:
        return any(transfer["ended"] for transfer in transfers_to(daemon, host))

    assert daemon.wait_for(finished, WAIT), daemon.last_words(40)
    (after,) = alerts_to(daemon, host)
    assert after["id"] == before["id"]
    assert after["count"] == before["count"]
    assert len(transfers_to(daemon, host)) == 1


def test_an_upload_that_began_before_the_daemon_is_an_alert(
    stage: Stage, room: Room, folder: RunFolder, start: Start
) -> None:
    host = stage.host("cn")
    daemon = start(room)
    daemon.kill()
    slow = traffic.curl(folder.bams[:1], f"http://{host.address}/", kilobytes_per_second=100)
    with uploading(daemon, slow) as upload:
        daemon.wait_for(lambda: False, 1)
        assert upload.poll() is None

        daemon.start()

    def named() -> bool:
        transfers = [alert["transfer"] for alert in alerts_to(daemon, host)]
        return str(folder.bams[0]) in files_of(transfers)

    assert daemon.wait_for(named, WAIT), daemon.last_words(40)
