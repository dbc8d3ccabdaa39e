"""Files that wait: in their order, those that a flow may carry first, and never too many."""

import threading

from strandwatch.core.command import IdentifyFile
from strandwatch.runtime.identify_queue import IdentifyQueue
from support.builders import a_version


def a_question(inode: int) -> IdentifyFile:
    """Give the question about a file."""
    return IdentifyFile(file=a_version(inode), path=f"/runs/{inode}", handle=inode)


def test_files_come_in_their_order_but_hurried_ones_first() -> None:
    waiting = IdentifyQueue(10)
    for inode in (1, 2, 3):
        waiting.put(a_question(inode))

    waiting.hurry(a_version(3))
    waiting.hurry(a_version(99))
    waiting.end()

    taken = [waiting.get() for _ in range(4)]
    assert [one and one.handle for one in taken] == [3, 1, 2, None]


def test_the_oldest_that_nobody_hurries_goes_when_it_is_full() -> None:
    waiting = IdentifyQueue(2)
    waiting.put(a_question(1))
    waiting.hurry(a_version(1))
    waiting.put(a_question(2))

    shed = waiting.put(a_question(3))

    assert shed == a_question(2)
    assert len(waiting) == 2


def test_who_waits_gets_the_next_file_or_the_end() -> None:
    waiting = IdentifyQueue(2)
    taken: list[IdentifyFile | None] = []

    def take() -> None:
        taken.extend((waiting.get(), waiting.get()))

    thread = threading.Thread(target=take)
    thread.start()
    waiting.put(a_question(1))
    waiting.end()
    thread.join()

    assert taken == [a_question(1), None]
