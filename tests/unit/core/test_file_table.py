"""Files: plain ones cost little and are not asked about again, until they are forgotten."""

from strandwatch.core.file_table import PLAIN, FileTable
from strandwatch.core.limits import Limits
from support.builders import START_NS, a_version


def test_a_plain_file_is_known_without_being_kept() -> None:
    table = FileTable(Limits())
    table.seen(a_version(1), "/etc/hosts", START_NS)
    table.settle(a_version(1))

    state = table.seen(a_version(1), "/etc/hosts", START_NS)

    assert state.facts is PLAIN
    assert table.get(a_version(1)) is None
    assert len(table) == 1


def test_a_plain_file_that_was_forgotten_is_looked_into_again() -> None:
    table = FileTable(Limits(plain_files=1))
    for inode in (1, 2):
        table.settle(a_version(inode))

    states = [table.seen(a_version(inode), "/x", START_NS) for inode in (1, 2)]

    assert [state.facts for state in states] == [None, PLAIN]


def test_a_file_is_awaited_from_the_question_to_the_answer() -> None:
    table = FileTable(Limits())
    before = table.is_awaited(a_version(1))
    state = table.seen(a_version(1), "/x", START_NS)
    state.asked_ns = START_NS
    during = table.is_awaited(a_version(1))

    state.facts = PLAIN

    assert (before, during, table.is_awaited(a_version(1))) == (False, True, False)
    assert table.facts(a_version(1)) is PLAIN
    assert table.facts(a_version(2)) is None
