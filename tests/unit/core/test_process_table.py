"""Families and pipes, also of processes that nobody has heard of."""

from dataclasses import replace

from strandwatch.core.limits import Limits
from strandwatch.core.process_table import ProcessTable
from strandwatch.domain.file import FileKey
from strandwatch.domain.process import Descriptor, DescriptorKind, ProcessKey
from support.builders import a_process

FIRST, SECOND, THIRD = ProcessKey(1, 1), ProcessKey(2, 2), ProcessKey(3, 3)
PIPE = Descriptor(number=0, kind=DescriptorKind.PIPE, target=FileKey(9, 1))


def test_strangers_have_no_family_and_no_pipes() -> None:
    table = ProcessTable(Limits())

    assert list(table.ancestors(FIRST)) == []
    assert list(table.descendants(FIRST, 2)) == []
    assert table.upstream(FIRST) == table.downstream(FIRST) == set()
    assert table.facts(FIRST) is None
    assert table.exited(FIRST, 1) is None


def test_a_parent_that_is_its_own_ancestor_ends_the_walk() -> None:
    table = ProcessTable(Limits())
    table.executed(a_process(FIRST, parent=SECOND))

    table.executed(a_process(SECOND, parent=FIRST))

    assert [state.key for state in table.ancestors(FIRST)] == [SECOND]


def test_a_child_that_changes_its_parent_leaves_the_old_one() -> None:
    table = ProcessTable(Limits())
    table.forked(FIRST, THIRD)

    table.forked(SECOND, THIRD)

    assert list(table.descendants(FIRST, 2)) == []
    assert list(table.descendants(SECOND, 2)) == [THIRD]


def test_a_pipe_with_several_readers_outlives_one_of_them() -> None:
    table = ProcessTable(Limits(keep_exited_ns=0))
    writer = Descriptor(number=1, kind=DescriptorKind.PIPE, target=PIPE.target)
    for key in (FIRST, SECOND):
        process = a_process(key)
        table.executed(replace(process, standard=(PIPE,)))
    process = a_process(THIRD)
    table.executed(replace(process, standard=(writer,)))
    before = table.downstream(THIRD)

    table.exited(FIRST, 5)
    table.prune(10)

    assert before == {FIRST, SECOND}
    assert table.downstream(THIRD) == {SECOND}


def test_a_child_whose_parent_was_forgotten_has_none() -> None:
    table = ProcessTable(Limits(keep_exited_ns=0))
    table.forked(FIRST, SECOND)
    table.exited(FIRST, 1)
    table.prune(10)

    table.exited(SECOND, 11)
    table.prune(20)

    assert len(table) == 0
