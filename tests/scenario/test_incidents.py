"""Alerts over time: grouping, repeating, escalating, restarting."""

from dataclasses import replace

from strandwatch.core.command import LossRecord, Notify, Record, ResolveDestination
from strandwatch.core.limits import Limits
from strandwatch.domain.alert import Alert, AlertState, Severity
from strandwatch.domain.destination import Controller, NameEvidence, Signal, SignalKind
from strandwatch.domain.flow import FlowKey
from strandwatch.domain.observation import (
    AlertRemembered,
    DescriptorHeld,
    DestinationResolved,
    FileIdentified,
    FileLanded,
    FlowClosed,
    FlowCounters,
    FlowProgressed,
    InterfaceCounted,
    LossReason,
    NameLearned,
    ObservationsLost,
    SourceReported,
    TransferRemembered,
)
from strandwatch.domain.observation import Ending as End
from strandwatch.domain.process import Descriptor, DescriptorKind, ProcessKey
from strandwatch.domain.regime import Policy
from support.builders import ALICE_CURL, SECOND, a_destination, a_flow, a_human_bam, a_version
from support.play import DSP, US_POLICY, Play


def test_uploads_of_one_actor_to_one_counterparty_are_one_alert() -> None:
    play = Play()

    for cookie in (1, 2, 3):
        play.upload(10 + cookie, cookie=cookie)
        play.wait(60)

    (alert,) = play.alerts.values()
    assert alert.count == 3
    assert len(play.told) == 1
    assert alert.regimes[0].persons_now == 1


def test_another_actor_or_counterparty_is_another_alert() -> None:
    play = Play()
    play.upload(cookie=1)
    play.upload(to="203.0.113.200", cookie=2)
    play.start(ProcessKey(5, 5), "/usr/bin/wget")
    play.open(10, ProcessKey(5, 5))
    play.connect("203.0.113.10", ProcessKey(5, 5), cookie=3)
    play.send(900_000, cookie=3)

    assert len(play.alerts) == 3
    assert len(play.told) == 3


def test_addresses_of_one_entity_are_one_counterparty() -> None:
    play = Play()
    for address in ("203.0.113.10", "203.0.113.11"):
        play.world[address] = replace(
            a_destination(address), controllers=(Controller("Example Cloud", "CN"),)
        )

    play.upload(to="203.0.113.10", cookie=1)
    play.upload(to="203.0.113.11", cookie=2)

    assert len(play.alerts) == 1


def test_a_networks_owner_stands_for_an_unknown_entity() -> None:
    play = Play()
    owner = Signal(SignalKind.NETWORK_OWNER, "Example Net", "lab", None)
    for address in ("203.0.113.10", "203.0.113.11"):
        play.world[address] = replace(a_destination(address), signals=(owner,))

    play.upload(to="203.0.113.10", cookie=1)
    play.upload(to="203.0.113.11", cookie=2)

    assert len(play.alerts) == 1


def test_after_the_window_a_new_alert_is_opened() -> None:
    play = Play()
    play.upload(cookie=1)

    play.wait(91 * 60)
    play.upload(cookie=2)

    assert len(play.alerts) == 2
    assert len(play.told) == 2


def test_an_upload_that_never_ends_stays_one_alert() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(size=10**9)
    play.connect()
    for step in range(1, 30):
        play.now_ns += 600 * SECOND
        play.send(step * 1_000_000)

    assert len(play.alerts) == 1
    (alert,) = play.alerts.values()
    assert alert.transfer.sent_bytes == 29_000_000
    repeats = [one for one in play.commands if isinstance(one, Notify) and one.repeat]
    assert 3 <= len(repeats) <= 5


def test_a_long_pause_opens_a_new_incident_even_before_the_next_look() -> None:
    play = Play()
    play.upload(cookie=1)

    play.now_ns += 91 * 60 * SECOND
    play.upload(cookie=2)

    assert len(play.alerts) == 2


def test_growth_is_recorded_at_intervals_and_not_at_every_look() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(size=10**9)
    play.connect()

    for step in range(1, 301):
        play.now_ns += SECOND // 5
        play.send(step * 1_000_000)

    series = [
        one.record
        for one in play.commands
        if isinstance(one, Record) and isinstance(one.record, Alert)
    ]
    assert 5 <= len(series) <= 8


def test_parallel_flows_do_not_fight_for_the_alert() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(size=10**9)
    for cookie in range(1, 9):
        play.connect(cookie=cookie)

    for step in range(1, 50):
        for cookie in range(1, 9):
            play.send(step * 10_000, cookie=cookie)

    series = [
        one for one in play.commands if isinstance(one, Record) and isinstance(one.record, Alert)
    ]
    assert len(series) == 8
    (alert,) = play.alerts.values()
    assert alert.count == 8


def test_a_hundred_and_first_person_escalates_and_is_told() -> None:
    play = Play(files={10: a_human_bam(100), 11: a_human_bam(101)})
    play.upload(10, cookie=1)
    play.wait(60)

    play.upload(11, cookie=2)

    assert [alert.severity for alert in play.told] == [Severity.HIGH, Severity.CRITICAL]
    assert len(play.alerts) == 1


def test_unnamed_persons_are_counted_by_file() -> None:
    facts = replace(a_human_bam(0), persons=a_human_bam(60).persons)
    play = Play(files={10: facts, 11: facts})

    play.upload(10, cookie=1)
    play.upload(11, cookie=2)

    (alert,) = play.alerts.values()
    assert alert.regimes[0].persons_now == 120
    assert alert.severity is Severity.CRITICAL


def restarted(play: Play) -> Play:
    """The agent after a kill -9: only what was recorded is known."""
    again = Play(files=play.files)
    again.now_ns = play.now_ns + 5 * SECOND
    for alert in play.alerts.values():
        again.see(AlertRemembered(at_ns=again.now_ns, alert=alert))
    for transfer in play.transfers.values():
        again.see(TransferRemembered(at_ns=again.now_ns, transfer=transfer))
    return again


def test_a_restart_in_mid_upload_neither_loses_nor_doubles_the_alert() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(size=10**9)
    play.connect()
    play.send(1_000_000)
    (before,) = play.alerts.values()

    again = restarted(play)
    again.connect(found_open=True, sent=300_000_000)
    again.send(400_000_000)
    again.close(10**9)

    assert list(again.alerts) == [before.id]
    after = again.alerts[before.id]
    assert after.transfer.sent_bytes == 10**9
    assert after.count == 1
    assert after.opened_ns == before.opened_ns
    assert not again.told


def test_an_upload_that_is_found_under_way_at_the_first_start_is_told() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.connect(found_open=True, sent=300_000_000)

    play.open(size=10**9)

    (alert,) = play.told
    assert alert.transfer.sent_bytes == 300_000_000


def test_persons_of_earlier_lives_still_count() -> None:
    play = Play(files={10: a_human_bam(100), 11: a_human_bam(101)})
    play.upload(10, cookie=1)

    again = restarted(play)
    again.upload(11, cookie=2)

    assert again.told[0].severity is Severity.CRITICAL


def test_a_closed_alert_is_not_continued() -> None:
    play = Play()
    play.upload(cookie=1)
    (before,) = play.alerts.values()
    again = Play()
    closed = replace(before, state=AlertState.CLOSED)
    again.see(AlertRemembered(at_ns=again.now_ns, alert=closed))

    again.upload(cookie=2)

    (told,) = again.told
    assert told.id != before.id


def test_a_transfer_remembered_without_its_process_is_only_counted() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()
    play.send(500_000)
    (transfer,) = play.transfers.values()
    again = Play()

    again.see(TransferRemembered(at_ns=1, transfer=replace(transfer, process=None)))
    again.see(TransferRemembered(at_ns=1, transfer=replace(transfer, id="x", destination=None)))

    assert not again.told


def test_what_could_not_be_seen_stands_on_the_alert() -> None:
    play = Play()
    play.see(
        SourceReported(at_ns=1, source="flows.portable", tier="portable", working=True),
        SourceReported(at_ns=1, source="names.packets", tier="none", working=False),
        SourceReported(
            at_ns=1, source="files.landing", tier="portable", working=True, note="rescanned"
        ),
        ObservationsLost(at_ns=1, source="x", count=5, reason=LossReason.QUEUE_FULL),
        ObservationsLost(
            at_ns=play.now_ns + 1, source="files", count=7, reason=LossReason.KERNEL_OVERFLOW
        ),
    )

    play.upload()

    seen = play.told[0].visibility
    assert seen.tier == "portable"
    assert seen.lost == 7
    assert seen.notes == ("files.landing: rescanned", "names.packets: not working")
    assert not play.losses


def test_losses_are_recorded_added_up() -> None:
    play = Play()
    for count in (3, 4):
        play.see(
            ObservationsLost(at_ns=1, source="access", count=count, reason=LossReason.VANISHED)
        )

    play.wait(1)
    play.wait(20)

    (loss,) = play.losses
    assert (loss.source, loss.count, loss.reason) == ("access", 7, "vanished")


def test_without_a_flow_source_the_tier_is_none() -> None:
    play = Play()

    play.upload()

    assert play.told[0].visibility.tier == "none"


def test_observations_about_unknown_things_do_no_harm() -> None:
    play = Play()
    counters, nobody = FlowCounters(sent_bytes=1), FlowKey(9, 9)
    descriptor = Descriptor(number=3, kind=DescriptorKind.FILE, target=a_version().key)

    said = play.see(
        FlowProgressed(at_ns=1, key=nobody, counters=counters),
        FlowClosed(at_ns=1, key=nobody, ending=End.CLOSED, counters=counters),
        DestinationResolved(at_ns=1, flow=nobody, destination=a_destination()),
        FileIdentified(at_ns=1, file=a_version(99), facts=a_human_bam()),
        NameLearned(at_ns=1, name="x.example", evidence=NameEvidence.SNI, flow=a_flow()),
        DescriptorHeld(at_ns=1, process=ALICE_CURL, descriptor=descriptor),
        InterfaceCounted(at_ns=1, interface="eth0", network_namespace=1, transmitted_bytes=5),
    )

    assert said == []


def test_a_landed_file_is_recorded_even_when_nobody_reads_it() -> None:
    play = Play(files={10: a_human_bam(), 11: replace(a_human_bam(), category="none")})  # type: ignore[arg-type]

    for inode in (10, 11):
        play.see(
            FileLanded(at_ns=play.now_ns, file=a_version(inode), path="/runs/A/x", handle=inode)
        )

    assert [record.landed for record in play.file_records] == [True, True]


def test_a_file_is_looked_into_once_and_its_other_handles_go_back() -> None:
    play = Play(files={10: None})
    play.start(ALICE_CURL)

    play.open(10)
    play.open(10)
    play.open(10, with_handle=False)

    assert len(play.asked) == 1
    assert play.released == [2]


def test_a_file_that_was_never_handed_over_is_not_suspected() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(10, with_handle=False)

    play.connect()
    play.send(900_000)
    play.wait(10)

    assert not play.transfers


def test_a_file_forgotten_while_it_was_asked_for_is_not_carried() -> None:
    play = Play(limits=Limits(files=1), files={10: None, 11: None})
    play.start(ALICE_CURL)
    play.open(10)
    play.open(11)
    play.connect()
    play.send(900_000)

    play.wait(31)

    (transfer,) = play.transfers.values()
    assert [carried.file.key.inode for carried in transfer.files] == [11]


def test_a_long_flow_is_recorded_once_a_minute() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.connect("198.51.100.10")

    for step in range(300):
        play.now_ns += SECOND
        play.send(step)

    assert 5 <= len(play.flows) <= 6


def test_an_ended_flow_leaves_nothing_behind() -> None:
    play = Play()
    play.upload()

    play.wait(6)

    assert play.engine.sizes()["flows"] == 0


def test_flows_that_are_gone_before_their_bytes_were_known_are_let_go() -> None:
    play = Play(limits=Limits(flows=1))
    play.connect(cookie=1)

    play.connect("198.51.100.10", cookie=2)
    play.wait(2)
    play.close(5, cookie=1)
    play.close(5, cookie=2)
    play.wait(6)

    assert play.engine.sizes()["flows"] == 0
    assert play.engine.sizes()["forgotten_flows"] == 1


def test_names_are_bounded() -> None:
    play = Play(limits=Limits(names=1))

    for number in (1, 2):
        play.see(
            NameLearned(
                at_ns=1,
                name=f"{number}.example",
                evidence=NameEvidence.DNS,
                addresses=(f"203.0.113.{number}",),
                flow=a_flow(port=number),
            )
        )

    assert play.engine.sizes()["forgotten_names"] == 2


def test_the_name_that_was_asked_for_stands_in_the_flow_with_its_chain() -> None:
    play = Play()
    play.see(
        NameLearned(
            at_ns=1,
            name="upload.example",
            evidence=NameEvidence.DNS,
            addresses=("203.0.113.10",),
            canonical=("cdn.example.cn",),
        )
    )

    said = play.connect()
    again = play.see(
        NameLearned(at_ns=2, name="upload.example", evidence=NameEvidence.SNI, flow=a_flow())
    )
    other = play.see(
        NameLearned(at_ns=2, name="other.example", evidence=NameEvidence.SNI, flow=a_flow())
    )

    questions = [one for one in (*said, *again, *other) if isinstance(one, ResolveDestination)]
    assert [(one.server_name, one.name_evidence, one.canonical) for one in questions] == [
        ("upload.example", NameEvidence.DNS, ("cdn.example.cn",)),
        ("upload.example", NameEvidence.SNI, ("cdn.example.cn",)),
        ("other.example", NameEvidence.SNI, ()),
    ]


def test_a_new_policy_is_used_from_then_on() -> None:
    play = Play(policy=Policy((), "empty"))
    play.upload(cookie=1)
    quiet = list(play.alerts)

    play.engine.adopt(US_POLICY)
    play.upload(cookie=2)

    assert not quiet
    assert len(play.alerts) == 1


def test_a_regime_of_the_future_is_silent_until_its_day() -> None:
    future = replace(DSP, effective_from="2027-05-01")
    past = replace(DSP, effective_to="2026-01-01")

    play = Play(policy=Policy((future, past), "x"))
    play.upload()

    assert not play.alerts


def test_a_replayed_stream_gives_the_same_commands() -> None:
    play = Play()
    play.upload(cookie=1)
    play.wait(60)
    play.upload(11, "203.0.113.200", cookie=2)
    play.wait(6)

    again = Play()
    said = [
        command for observation in play.observations for command in again.engine.handle(observation)
    ]

    assert said == play.commands


def test_the_end_records_what_was_lost_since_the_last_time() -> None:
    play = Play()
    loss = ObservationsLost(
        at_ns=play.now_ns, source="flows", count=2, reason=LossReason.QUEUE_FULL
    )
    play.see(loss)

    (command,) = play.engine.finish(play.now_ns)

    assert isinstance(command, Record)
    assert isinstance(command.record, LossRecord)
    assert command.record.count == 2
