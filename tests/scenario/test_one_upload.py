"""One upload: what is seen, in which order, and what the engine makes of it."""

from dataclasses import replace

import pytest

from strandwatch.core.command import HurryFile
from strandwatch.domain.alert import Reason, Severity, Verdict
from strandwatch.domain.destination import Confidence, NameEvidence
from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.flow import Direction
from strandwatch.domain.lineage import Relation
from strandwatch.domain.observation import Ending, NameLearned, OpenMode
from strandwatch.domain.process import ProcessKey
from strandwatch.domain.transfer import Method
from support.builders import ALICE_CURL, a_destination, a_flow, a_human_bam
from support.play import PLAIN_TEXT, Play


def test_a_human_genome_to_a_country_of_concern_raises_one_alert() -> None:
    play = Play()

    play.upload()

    (alert,) = play.told
    assert alert.severity is Severity.HIGH
    assert alert.reasons == (Reason.HUMAN_DATA, Reason.COUNTRY_OF_CONCERN)
    assert alert.transfer.files[0].path == "/runs/A/file10"
    assert alert.transfer.files[0].relation is Relation.READ
    assert alert.transfer.process is not None
    assert alert.transfer.process.executable == "/usr/bin/curl"
    assert alert.regimes[0].verdict is Verdict.INDICATOR
    assert alert.regimes[0].persons_now == 1
    assert list(play.alerts) == [alert.id]


def test_the_alert_comes_while_the_transfer_is_still_running() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()

    play.send(4_000)

    (alert,) = play.told
    assert alert.transfer.ended_ns is None
    assert alert.transfer.sent_bytes == 4_000


def test_the_last_record_has_all_bytes_and_the_end() -> None:
    play = Play()

    play.upload(size=1_000_000)

    (alert,) = play.alerts.values()
    assert alert.transfer.sent_bytes == 1_000_000
    assert alert.transfer.ended_ns == play.now_ns
    (transfer,) = play.transfers.values()
    assert transfer == alert.transfer


def test_agreement_of_bytes_makes_the_join_surer() -> None:
    whole, part = Play(), Play()

    whole.upload(size=1_000_000)
    part.start(ALICE_CURL)
    part.open(size=1_000_000)
    part.connect()
    part.close(50_000)

    (sure,), (likely,) = whole.alerts.values(), part.alerts.values()
    assert sure.transfer.files[0].confidence > likely.transfer.files[0].confidence == 0.9


@pytest.mark.parametrize("address", ["198.51.100.10", "198.51.100.130"])
def test_the_same_upload_to_elsewhere_is_recorded_and_stays_quiet(address: str) -> None:
    play = Play()

    play.upload(to=address)

    assert not play.told
    assert not play.alerts
    assert len(play.transfers) == 1


def test_a_file_without_a_genome_is_carried_by_nobody() -> None:
    play = Play(files={10: PLAIN_TEXT})

    play.upload()

    assert not play.alerts
    assert not play.transfers


def test_animal_data_is_no_concern() -> None:
    play = Play(files={10: a_human_bam(species=Species.NONHUMAN)})

    play.upload()

    assert not play.alerts
    assert len(play.transfers) == 1


def test_unknown_species_counts_as_human_but_less_surely() -> None:
    play = Play(files={10: a_human_bam(species=Species.UNKNOWN)})

    play.upload()

    (alert,) = play.told
    assert alert.severity is Severity.MEDIUM
    assert Reason.UNKNOWN_SPECIES in alert.reasons


def test_a_file_that_nobody_could_look_into_is_an_alert_after_the_grace() -> None:
    play = Play(files={10: None})
    play.upload()
    before = list(play.told)

    play.wait(30.1)

    assert not before
    (alert,) = play.told
    assert alert.severity is Severity.MEDIUM
    assert alert.reasons == (Reason.UNIDENTIFIED_FILE, Reason.COUNTRY_OF_CONCERN)
    assert alert.transfer.files[0].facts is None


def test_a_long_queue_is_no_reason_for_suspicion_and_loses_nothing() -> None:
    play = Play(files={10: None})
    play.upload()
    play.wait(20)
    quiet = list(play.alerts)

    (asked,) = play.asked
    play.files[10] = a_human_bam()
    play.see(play._answer(asked))  # type: ignore[arg-type]
    play.wait(1)

    assert not quiet
    assert [alert.severity for alert in play.told] == [Severity.HIGH]
    assert play.engine.sizes()["flows"] == 0


def test_an_answer_that_comes_late_raises_what_was_only_suspected() -> None:
    play = Play(files={10: None})
    play.upload()
    play.wait(30.1)

    (asked,) = play.asked
    play.files[10] = a_human_bam()
    play.see(play._answer(asked))  # type: ignore[arg-type]

    assert [alert.severity for alert in play.told] == [Severity.MEDIUM, Severity.HIGH]
    assert len(play.alerts) == 1


def test_the_file_may_be_told_of_after_the_flow_has_ended() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.connect()
    play.close(1_000_000)

    play.open()

    assert len(play.told) == 1


def test_the_destination_may_be_told_after_the_flow_has_ended() -> None:
    play = Play(slow_resolver=True)
    play.upload()
    quiet = list(play.told)

    for command in list(play.commands):
        if type(command).__name__ == "ResolveDestination":
            play.see(play.resolution(command))  # type: ignore[arg-type]

    assert not quiet
    assert len(play.told) == 1


def test_bytes_before_the_file_was_opened_are_not_the_files() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.connect()
    play.send(700)
    play.now_ns += 1_000_000_000

    play.open()
    play.now_ns += 1_000_000_000
    play.send(100_700)

    (transfer,) = play.transfers.values()
    assert transfer.sent_bytes == 100_000


def test_a_greeting_is_not_a_transfer() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()

    play.send(300)

    assert not play.transfers


def test_a_connection_that_was_refused_carries_nothing() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()

    play.close(0, ending=Ending.NEVER_ESTABLISHED)

    assert not play.transfers
    assert play.flows[-1].ending is Ending.NEVER_ESTABLISHED


def test_unknown_bytes_are_not_no_bytes() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()

    play.connect()
    quiet = list(play.told)
    play.wait(1.1)

    assert not quiet
    (alert,) = play.told
    assert alert.transfer.sent_bytes is None


def test_a_file_opened_for_writing_is_not_carried() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(mode=OpenMode.WRITE)

    play.connect()
    play.close(1_000_000)

    assert not play.transfers


def test_data_served_to_a_peer_is_a_transfer_as_well() -> None:
    play = Play()
    play.start(ALICE_CURL, "/usr/sbin/nginx")
    play.connect(direction=Direction.INBOUND)

    play.open()
    play.now_ns += 1
    play.close(1_000_000)

    (alert,) = play.told
    assert alert.transfer.method is Method.SERVED


def test_a_server_name_can_tell_what_the_address_cannot() -> None:
    play = Play()
    play.world["oss-cn-beijing.example"] = a_destination("198.51.100.10", countries=("CN",))
    play.start(ALICE_CURL)
    play.open()
    play.connect("198.51.100.10")

    play.see(
        NameLearned(
            at_ns=play.now_ns,
            name="oss-cn-beijing.example",
            evidence=NameEvidence.SNI,
            flow=a_flow("198.51.100.10"),
        )
    )
    play.send(600_000)

    assert len(play.told) == 1


@pytest.mark.parametrize(
    ("confidence", "severity"),
    [
        (Confidence.HIGH, Severity.HIGH),
        (Confidence.MEDIUM, Severity.HIGH),
        (Confidence.LOW, Severity.LOW),
    ],
)
def test_a_guess_about_the_place_is_recorded_but_wakes_nobody(
    confidence: Confidence, severity: Severity
) -> None:
    play = Play()
    play.world["203.0.113.10"] = a_destination(confidence=confidence)

    play.upload()

    (alert,) = play.alerts.values()
    assert alert.severity is severity
    assert bool(play.told) is (severity is not Severity.LOW)


def test_an_unknown_place_is_never_clean() -> None:
    play = Play()

    play.upload(to="203.0.113.77")

    (alert,) = play.alerts.values()
    assert alert.severity is Severity.LOW
    assert Reason.LOCATION_UNCERTAIN in alert.reasons


def test_an_internal_peer_is_no_destination_of_concern() -> None:
    play = Play()
    play.world["192.168.1.1"] = a_destination("192.168.1.1", countries=(), internal=True)

    play.upload(to="192.168.1.1")

    assert not play.alerts


def test_a_flow_that_nobody_holds_is_recorded_without_a_process() -> None:
    play = Play()

    play.connect("203.0.113.10", ProcessKey(1, 1))

    assert play.flows[-1].process is None


def test_more_than_a_hundred_persons_is_critical() -> None:
    at, over = Play(files={10: a_human_bam(100)}), Play(files={10: a_human_bam(101)})

    at.upload()
    over.upload()

    assert at.told[0].severity is Severity.HIGH
    assert over.told[0].severity is Severity.CRITICAL
    assert over.told[0].regimes[0].verdict is Verdict.BULK_INDICATOR
    assert over.told[0].regimes[0].threshold == 100


def test_two_categories_are_counted_apart() -> None:
    counts = replace(a_human_bam(3), category=Category.TRANSCRIPTOMIC, format=FileFormat.SAM)
    play = Play(files={10: a_human_bam(2), 11: counts})
    play.start(ALICE_CURL)
    play.open(10)
    play.open(11)

    play.connect()
    play.close(2_000_000)

    (alert,) = play.alerts.values()
    assert alert.regimes[0].persons_now == 2
    assert {carried.file.key.inode for carried in alert.transfer.files} == {10, 11}


def test_a_file_that_a_flow_may_carry_is_identified_before_others() -> None:
    play = Play(files={10: None})
    play.start(ALICE_CURL)
    play.open(10)
    play.connect()

    play.send(4_000)
    play.send(8_000)

    hurried = [one.file.key.inode for one in play.commands if isinstance(one, HurryFile)]
    assert hurried == [10]


def test_a_name_looked_up_on_the_way_is_no_transfer() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()

    play.close(46)

    assert not play.transfers


def test_a_tiny_file_that_was_sent_whole_is_one() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open(size=90)
    play.connect()

    play.close(90)

    assert len(play.told) == 1
