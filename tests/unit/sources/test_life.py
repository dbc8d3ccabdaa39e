import threading

from strandwatch.sources.life import Life
from support.sources import open_descriptors


def test_stopping_wakes_whoever_waits() -> None:
    life = Life()
    life.begin()
    done = threading.Event()

    def run() -> None:
        with life.running():
            life.wait(60)
            done.set()

    thread = threading.Thread(target=run)
    thread.start()
    life.stop()
    thread.join(10)

    assert done.is_set()


def test_what_was_acquired_is_released_once_whoever_comes_last() -> None:
    released: list[int] = []
    before = open_descriptors()
    life = Life(lambda: released.append(1))

    life.stop()
    life.begin()
    with life.running():
        life.stop()
        assert released == []
    life.stop()

    assert released == [1]
    assert open_descriptors() == before


def test_a_stopped_source_may_begin_again() -> None:
    life = Life()
    life.begin()
    life.stop()

    life.begin()

    assert not life.stopped
    assert life.wait(0) == set()
    life.stop()
