"""What the demonstration makes of the record."""

from pathlib import Path
from typing import Any

import pytest

from strandwatch.lab.demo import Sent, problems_of

BAM = Path("/runs/a.bam")
TO_CN = Sent("curl", "curl", "cn", (BAM,))
TO_US = Sent("curl", "curl", "us", (BAM,))


def _transfer(sent: Sent, *files: Path, sender: str = "curl") -> dict[str, Any]:
    return {
        "destination": {"address": sent.address},
        "process": {"executable": f"/usr/bin/{sender}"},
        "files": [{"path": str(file)} for file in files],
    }


def _alert(sent: Sent) -> dict[str, Any]:
    return {"transfer": _transfer(sent, BAM)}


def test_an_alert_about_cn_and_a_quiet_record_about_us_are_right() -> None:
    transfers = [_transfer(TO_CN, BAM), _transfer(TO_US, BAM)]

    assert problems_of([TO_CN, TO_US], [_alert(TO_CN)], transfers) == ()


@pytest.mark.parametrize(
    ("alerts", "transfers", "said"),
    [
        ([], [_transfer(TO_CN, BAM)], "there is no alert about"),
        ([_alert(TO_CN)], [], "is attributed to curl"),
        ([_alert(TO_CN)], [_transfer(TO_CN, BAM, sender="wget")], "is attributed to curl"),
        ([_alert(TO_CN)], [_transfer(TO_CN, Path("/b.bam"))], "a.bam is not named"),
        ([_alert(TO_CN)], [_transfer(TO_US, BAM)], "is attributed to curl"),
    ],
)
def test_whatever_the_record_lacks_is_said(
    alerts: list[dict[str, Any]], transfers: list[dict[str, Any]], said: str
) -> None:
    (problem,) = problems_of([TO_CN], alerts, transfers)

    assert said in problem


def test_an_alert_about_us_is_wrong() -> None:
    (problem,) = problems_of([TO_US], [_alert(TO_US)], [_transfer(TO_US, BAM)])

    assert "there is an alert about" in problem


def test_a_transfer_without_process_or_destination_is_nobodys() -> None:
    blank: dict[str, Any] = {"destination": None, "process": None, "files": []}

    (problem,) = problems_of([TO_US], [], [blank])

    assert "is attributed to curl" in problem
