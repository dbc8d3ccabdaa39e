"""The ways a file takes to a flow: children, pipes, made files; and what is no way."""

from dataclasses import replace

import pytest

from strandwatch.core.limits import Limits
from strandwatch.domain.alert import Severity
from strandwatch.domain.file import Category, Compression, FileFormat
from strandwatch.domain.lineage import Relation
from strandwatch.domain.process import ProcessKey
from strandwatch.domain.transfer import CarriedFile
from support.builders import ALICE_CURL, a_human_bam
from support.play import PLAIN_TEXT, Play

SHELL, SCP, SSH = ProcessKey(100, 1), ProcessKey(101, 2), ProcessKey(102, 3)
TAR, GZIP, NC = ProcessKey(103, 4), ProcessKey(104, 5), ProcessKey(105, 6)


def the_file(play: Play) -> CarriedFile:
    """The one file of the one recorded transfer."""
    (transfer,) = play.transfers.values()
    (carried,) = transfer.files
    return carried


def test_a_helper_that_the_reader_started_sends_for_it() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/scp")
    play.start(SSH, "/usr/bin/ssh", parent=SCP)
    play.connect("203.0.113.10", SSH)
    play.send(400)

    play.open(10, SCP)
    play.send(800_000)

    carried = the_file(play)
    assert carried.relation is Relation.INHERITED
    assert carried.via == ("scp (101) opened it", "scp (101) started ssh (102)")
    assert carried.confidence == pytest.approx(0.72)
    (transfer,) = play.transfers.values()
    assert transfer.ancestry == ("/usr/bin/scp",)


def test_a_fork_without_exec_still_runs_its_parents_program() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/uploader")
    play.open(10, SCP)
    play.fork(SCP, SSH)

    play.connect("203.0.113.10", SSH)
    play.send(500_000)

    (alert,) = play.told
    assert alert.transfer.process is not None
    assert alert.transfer.process.executable == "/usr/bin/uploader"
    assert alert.transfer.files[0].relation is Relation.INHERITED


def test_a_great_grandparent_is_too_far_away() -> None:
    play = Play()
    play.start(SHELL, "/bin/sh")
    play.open(10, SHELL)
    play.start(SCP, "/bin/sh", parent=SHELL)
    play.start(SSH, "/bin/sh", parent=SCP)
    play.start(NC, "/bin/nc", parent=SSH)

    play.connect("203.0.113.10", NC)
    play.send(500_000)

    assert not play.transfers


def test_a_pipe_carries_the_file_to_the_sender() -> None:
    play = Play()
    play.start(SHELL, "/bin/bash")
    play.start(TAR, "/usr/bin/tar", parent=SHELL, stdout=50)
    play.start(GZIP, "/usr/bin/gzip", parent=SHELL, stdin=50, stdout=51)
    play.start(NC, "/usr/bin/nc", parent=SHELL, stdin=51)
    play.connect("203.0.113.10", NC)

    play.open(10, TAR)
    play.send(500_000)

    carried = the_file(play)
    assert carried.relation is Relation.PIPE
    assert carried.via == (
        "tar (103) opened it",
        "tar (103) piped it into gzip (104)",
        "gzip (104) piped it into nc (105)",
    )
    assert carried.confidence == pytest.approx(0.729)


def test_a_forked_child_keeps_the_pipes_of_its_parent() -> None:
    play = Play()
    play.start(TAR, "/usr/bin/tar", stdout=50)
    play.start(NC, "/usr/bin/nc", stdin=50)
    play.fork(NC, SSH)
    play.open(10, TAR)

    play.connect("203.0.113.10", SSH)
    play.send(500_000)

    assert the_file(play).relation is Relation.PIPE


def test_two_commands_of_one_shell_that_are_not_joined_do_not_mix() -> None:
    play = Play()
    play.start(SHELL, "/bin/bash")
    play.start(TAR, "/usr/bin/samtools", parent=SHELL)
    play.open(10, TAR)
    play.start(NC, "/usr/bin/curl", parent=SHELL)

    play.connect("203.0.113.10", NC)
    play.send(500_000)

    assert not play.transfers


def test_an_encrypted_copy_made_earlier_is_known_for_what_it_was() -> None:
    opaque = replace(PLAIN_TEXT, container="openpgp", unknown_reason="opaque")
    play = Play(files={20: opaque})
    play.start(GZIP, "/usr/bin/gpg")
    play.open(10, GZIP)
    play.write(20, GZIP)
    play.exit(GZIP)
    play.wait(600)

    play.start(ALICE_CURL)
    play.open(20)
    play.connect()
    play.send(800_000)

    (alert,) = play.told
    carried = the_file(play)
    assert carried.path == "/runs/A/file10"
    assert carried.relation is Relation.DERIVED
    assert carried.via == (
        "gpg (104) opened it",
        "gpg (104) wrote made20",
        "curl (4242) opened file20",
    )
    assert alert.severity is Severity.HIGH


def test_a_copy_of_a_copy_is_less_sure() -> None:
    play = Play(files={20: PLAIN_TEXT, 21: PLAIN_TEXT})
    play.start(GZIP, "/usr/bin/gzip")
    play.open(10, GZIP)
    play.write(20, GZIP)
    play.start(TAR, "/usr/bin/gpg")
    play.open(20, TAR, size=900_000)
    play.write(21, TAR)

    play.start(ALICE_CURL)
    play.open(21, size=900_000)
    play.connect()
    play.send(500_000)

    assert the_file(play).confidence == pytest.approx(0.9 * 0.8 * 0.8)


def test_a_summary_is_too_small_to_be_the_genome() -> None:
    play = Play(files={20: PLAIN_TEXT})
    play.start(TAR, "/usr/bin/samtools")
    play.open(10, TAR)
    play.write(20, TAR, size=4_000)

    play.start(ALICE_CURL)
    play.open(20, size=4_000)
    play.connect()
    play.close(4_200)

    (alert,) = play.alerts.values()
    assert alert.severity is Severity.LOW
    assert not play.told


def test_a_report_that_is_known_for_one_loses_the_label() -> None:
    report = replace(PLAIN_TEXT, format=FileFormat.FASTA, category=Category.NONE)
    play = Play(files={20: report})
    play.start(TAR, "/usr/bin/multiqc")
    play.open(10, TAR)
    play.write(20, TAR)

    play.start(ALICE_CURL)
    play.open(20)
    play.connect()
    play.send(800_000)

    assert not play.transfers


def test_writing_over_a_copy_with_something_else_ends_its_past() -> None:
    play = Play(files={20: PLAIN_TEXT})
    play.start(GZIP, "/usr/bin/gzip")
    play.open(10, GZIP)
    play.write(20, GZIP)
    play.start(TAR, "/usr/bin/vi")
    play.write(20, TAR)

    play.start(ALICE_CURL)
    play.open(20)
    play.connect()
    play.send(800_000)

    assert not play.transfers


def test_a_file_written_by_nobody_known_has_no_past() -> None:
    play = Play(files={20: PLAIN_TEXT})

    play.write(20, None)

    assert [asked.file.key.inode for asked in play.asked] == [20]


def test_who_really_sent_stands_before_who_only_holds_the_socket() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/parent")
    play.start(SSH, "/usr/bin/child")
    play.open(10, SCP)
    play.open(11, SSH)

    play.connect("203.0.113.10", SCP, SSH)
    play.send(500_000, by=SSH)

    (transfer,) = play.transfers.values()
    assert transfer.process is not None
    assert transfer.process.executable == "/usr/bin/child"


def test_the_surest_reader_among_the_holders_is_named() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/scp")
    play.start(SSH, "/usr/bin/ssh", parent=SCP)
    play.open(10, SCP)

    play.connect("203.0.113.10", SSH, SCP)
    play.send(500_000)

    (transfer,) = play.transfers.values()
    assert transfer.process is not None
    assert transfer.process.executable == "/usr/bin/scp"
    assert transfer.files[0].relation is Relation.READ


def test_labels_are_bounded_and_the_oldest_goes_first() -> None:
    play = Play(limits=Limits(labels_per_process=2))
    play.start(ALICE_CURL)
    for inode in (10, 11, 12):
        play.open(inode)

    play.connect()
    play.send(500_000)

    (transfer,) = play.transfers.values()
    assert [carried.file.key.inode for carried in transfer.files] == [11, 12]
    assert play.engine.sizes()["forgotten_labels"] == 1


def test_made_files_are_bounded_as_well() -> None:
    play = Play(limits=Limits(files=2), files=dict.fromkeys(range(20, 24), PLAIN_TEXT))
    play.start(GZIP, "/usr/bin/gzip")
    play.open(10, GZIP)

    for inode in range(20, 24):
        play.write(inode, GZIP)

    sizes = play.engine.sizes()
    assert sizes["made_files"] == 2
    assert sizes["forgotten_labels"] > 0


def test_a_process_that_ended_long_ago_is_forgotten_with_its_labels() -> None:
    play = Play()
    play.start(SHELL, "/bin/bash")
    play.start(TAR, "/usr/bin/tar", parent=SHELL, stdout=50)
    play.start(NC, "/usr/bin/nc", parent=SHELL, stdin=50)
    play.open(10, TAR)
    play.exit(TAR)
    play.exit(NC)

    play.wait(200)
    play.connect("203.0.113.10", TAR)
    play.send(500_000)

    assert not play.transfers
    assert play.engine.sizes()["processes"] == 1


def test_the_oldest_processes_go_when_there_are_too_many() -> None:
    play = Play(limits=Limits(processes=2))
    for number in range(5):
        play.start(ProcessKey(200 + number, number), "/bin/true")

    play.wait(20)

    assert play.engine.sizes()["processes"] == 2
    assert play.engine.sizes()["forgotten_processes"] == 3


def test_an_exit_of_a_process_in_the_record_is_recorded() -> None:
    play = Play()
    play.upload()

    play.exit(ALICE_CURL)
    play.exit(ProcessKey(9, 9))

    assert [record.exited_ns for record in play.process_records] == [None, play.now_ns]


def test_a_process_may_execute_another_program() -> None:
    play = Play()
    play.start(SHELL, "/bin/bash")
    play.start(SCP, "/bin/bash", parent=SHELL, stdin=60)
    play.start(SCP, "/usr/bin/curl", parent=SSH)
    play.open(10, SCP)

    play.connect("203.0.113.10", SCP)
    play.send(500_000)

    (transfer,) = play.transfers.values()
    assert transfer.process is not None
    assert transfer.process.executable == "/usr/bin/curl"


def test_compressed_data_keeps_its_compression_in_the_alert() -> None:
    facts = replace(a_human_bam(), compression=(Compression.BGZF,))
    play = Play(files={10: facts})

    play.upload()

    assert play.told[0].transfer.files[0].facts == facts


def test_a_chain_of_pipes_is_followed_only_so_far() -> None:
    near, far = Play(), Play()
    for play, length in ((near, 8), (far, 12)):
        keys = [ProcessKey(300 + number, number) for number in range(length)]
        for number, key in enumerate(keys):
            play.start(key, "/bin/filter", stdin=number or None, stdout=number + 1)
        play.open(10, keys[0])
        play.connect("203.0.113.10", keys[-1])
        play.send(500_000)

    assert the_file(near).relation is Relation.PIPE
    assert not far.transfers


def test_of_two_ways_to_one_file_the_surer_is_told() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/scp")
    play.start(SSH, "/usr/bin/ssh", parent=SCP)
    play.open(10, SCP)
    play.open(10, SSH)

    play.connect("203.0.113.10", SSH)
    play.send(500_000)

    carried = the_file(play)
    assert carried.relation is Relation.READ
    assert carried.confidence == 0.9


def test_a_reader_that_is_forgotten_leaves_the_other_its_label() -> None:
    play = Play()
    play.start(SCP, "/usr/bin/cat")
    play.start(ALICE_CURL)
    play.open(10, SCP)
    play.open(10, ALICE_CURL)
    play.exit(SCP)
    play.wait(200)

    play.connect()
    play.send(500_000)

    assert the_file(play).relation is Relation.READ


def test_a_file_that_is_known_to_be_nothing_is_opened_without_effect() -> None:
    play = Play(files={10: PLAIN_TEXT})
    play.start(ALICE_CURL)
    play.open(10)
    play.connect()
    play.send(900_000)

    said = play.open(10, with_handle=False)

    assert said == []


def test_bytes_that_were_never_known_are_judged_at_the_end() -> None:
    play = Play()
    play.start(ALICE_CURL)
    play.open()
    play.connect()

    play.close(None)

    assert len(play.told) == 1


def test_a_flow_that_had_to_make_room_may_still_end() -> None:
    play = Play(limits=Limits(flows=1))
    play.connect("198.51.100.10", cookie=1)
    play.close(5, cookie=1)

    play.connect("198.51.100.10", cookie=2)
    play.wait(6)

    assert play.engine.sizes()["flows"] == 1
