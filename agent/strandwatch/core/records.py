"""What the engine says about a flow, a file or an edge, built from what its tables hold."""

from strandwatch.core.command import FileRecord, FlowRecord, ResolveDestination
from strandwatch.core.file_table import FileState
from strandwatch.core.flow_table import FlowState
from strandwatch.domain.lineage import Label
from strandwatch.domain.observation import FileIdentified
from strandwatch.domain.process import Process, ProcessKey
from strandwatch.domain.transfer import CarriedFile, Transfer


def flow_record(state: FlowState, process: Process | None) -> FlowRecord:
    """Give a flow as it stands now, with the process that most surely sends on it."""
    where = state.destination
    return FlowRecord(
        key=state.key,
        flow=state.flow,
        direction=state.direction,
        opened_ns=state.opened_ns,
        updated_ns=state.updated_ns,
        closed_ns=state.closed_ns,
        ending=state.ending,
        found_open=state.found_open,
        counters=state.counters,
        process=process,
        user_id=state.user_id,
        server_name=None if state.name is None else state.name.name,
        countries=() if where is None else where.countries,
        jurisdictions=() if where is None else where.jurisdictions,
        controllers=() if where is None else tuple(one.entity for one in where.controllers),
    )


def file_record(state: FileState, answer: FileIdentified) -> FileRecord:
    """Give a file as it was just identified."""
    return FileRecord(
        file=state.file,
        path=state.path,
        facts=answer.facts,
        first_seen_ns=state.first_seen_ns,
        last_seen_ns=answer.at_ns,
        landed=state.landed,
    )


def question_about(state: FlowState) -> ResolveDestination:
    """Ask whose jurisdiction a flow's far end is in, by all the names that are known for it."""
    name = state.name
    return ResolveDestination(
        flow=state.key,
        address=state.flow.destination.address,
        port=state.flow.destination.port,
        server_name=None if name is None else name.name,
        name_evidence=None if name is None else name.evidence,
        canonical=() if name is None else name.canonical,
        encrypted_hello=name is not None and name.encrypted_hello,
    )


def label_of(carried: CarriedFile, transfer: Transfer, reader: ProcessKey) -> Label:
    """Give the edge behind a file of a transfer that an earlier run recorded."""
    return Label(
        file=carried.file,
        path=carried.path,
        relation=carried.relation,
        via=carried.via,
        since_ns=transfer.started_ns,
        reader=reader,
        confidence=carried.confidence,
    )
