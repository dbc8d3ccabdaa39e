"""Alert records for the formats: one with everything, one with nothing that can be missing."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from strandwatch.domain.alert import AlertState, Severity
from strandwatch.domain.contract import alert_record
from strandwatch.domain.destination import Controller, NameEvidence, Signal, SignalKind
from support.builders import (
    START_NS,
    a_carried_file,
    a_destination,
    a_process,
    a_transfer,
    an_alert,
)


def a_full_record(**changes: Any) -> dict[str, Any]:
    """An alert that knows everything."""
    owner = Signal(SignalKind.NETWORK_OWNER, "AS64500 Example Net", "lab", "2026-11-01", "00")
    destination = replace(
        a_destination(),
        server_name="upload.example",
        name_evidence=NameEvidence.SNI,
        controllers=(Controller("Example Holding", "CN"),),
        signals=(owner,),
    )
    transfer = replace(
        a_transfer(destination=destination, files=(a_carried_file(1), a_carried_file(2))),
        ended_ns=START_NS + 10**9,
    )
    return {**alert_record(an_alert(transfer=transfer)), **changes}


def an_empty_record() -> dict[str, Any]:
    """An alert that knows nothing but an address."""
    transfer = replace(
        a_transfer(files=(), sent_bytes=None), process=None, destination=None, ended_ns=None
    )
    return alert_record(replace(an_alert(transfer=transfer), regimes=(), reasons=()))


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Alerts with foreign text in every place that an outsider can fill."""
    text = st.text(max_size=30)
    process = replace(
        a_process(command=(draw(text), draw(text)), user=draw(text)), executable=draw(text)
    )
    files = tuple(
        replace(a_carried_file(number), path=draw(text))
        for number in range(draw(st.integers(0, 3)))
    )
    destination = replace(
        a_destination(),
        server_name=draw(st.none() | text),
        controllers=tuple(Controller(draw(text), "CN") for _ in range(draw(st.integers(0, 2)))),
    )
    transfer = a_transfer(
        files=files,
        destination=destination,
        process=process,
        sent_bytes=draw(st.none() | st.integers(0, 2**50)),
    )
    alert = an_alert(
        transfer=transfer,
        severity=draw(st.sampled_from(Severity)),
        state=draw(st.sampled_from(AlertState)),
    )
    return alert_record(alert)
