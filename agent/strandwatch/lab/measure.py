"""Playing many cells under one daemon, and judging afterwards what it recorded of each."""

import threading
from collections.abc import Callable, Sequence

from strandwatch.errors import StrandwatchError
from strandwatch.lab.daemon import Daemon, configuration_text, daemon_running
from strandwatch.lab.files import RunFolder
from strandwatch.lab.matrix import Cell, Played, TransferField, transfer_field
from strandwatch.lab.recall import Finding, Json, judge

_KEPT = 10
"""Cells whose files are kept while the daemon may still be looking at them."""
_SETTLE_SECONDS = 6.0

Tell = Callable[[int, Cell], None]
"""Take the number and the cell that is played next."""


def measure(cells: Sequence[Cell], tell: Tell) -> list[Finding]:
    """Play cells under a daemon and give what it made of each, in their order."""
    with transfer_field() as lab:
        configuration = lab.network.directory / "strandwatch.toml"
        configuration.write_text(configuration_text([lab.directory]))
        state = lab.network.directory / "state"
        with daemon_running(lab.network.sequencer, configuration, state) as daemon:
            outcomes = _play_all(lab, cells, tell)
            threading.Event().wait(_SETTLE_SECONDS)
            transfers = _transfers(lab, daemon)
    return [
        outcome if isinstance(outcome, Finding) else judge(outcome, transfers)
        for outcome in outcomes
    ]


def _transfers(lab: TransferField, daemon: Daemon) -> list[Json]:
    return [
        transfer
        for transfer in daemon.records("transfers", "--limit", "100000")
        if (transfer["destination"] or {}).get("address") == lab.target.address
    ]


def _play_all(lab: TransferField, cells: Sequence[Cell], tell: Tell) -> list[Played | Finding]:
    outcomes: list[Played | Finding] = []
    folders: list[RunFolder] = []
    for number, cell in enumerate(cells):
        tell(number, cell)
        outcomes.append(_play(lab, cell, number, folders))
        if len(folders) > _KEPT:
            lab.clear(folders.pop(0))
    return outcomes


def _play(
    lab: TransferField, cell: Cell, number: int, folders: list[RunFolder]
) -> Played | Finding:
    if cell.missing():
        return Finding(cell=cell, problem=f"missing {', '.join(cell.missing())}")
    folder = lab.prepare(cell, number)
    folders.append(folder)
    try:
        played = lab.play(cell, folder)
    except StrandwatchError as error:
        return Finding(cell=cell, problem=str(error).splitlines()[-1])
    if played.arrived_bytes < played.payload_bytes:
        return Finding(cell=cell, problem="the far end did not receive it all")
    return played
