"""The channel keeps message borders and carries descriptors that work at the other end."""

import os

import pytest

from strandwatch.runtime import channel


def test_a_message_arrives_with_its_descriptors() -> None:
    ours, theirs = channel.pair()
    reader, writer = os.pipe()

    with ours, theirs:
        channel.send(ours, b"hello", (reader,))
        message = channel.receive(theirs)

    assert message is not None
    assert message.data == b"hello"
    (received,) = message.descriptors
    os.write(writer, b"through")
    assert os.read(received, 7) == b"through"
    assert not os.get_inheritable(received)
    channel.close_all((reader, writer, received))


def test_messages_keep_their_borders_and_their_order() -> None:
    ours, theirs = channel.pair()

    with ours, theirs:
        channel.send(ours, b"one")
        channel.send(ours, b"x" * channel.MESSAGE_BYTES)
        got = [channel.receive(theirs), channel.receive(theirs)]

    assert [len(message.data) for message in got if message] == [3, channel.MESSAGE_BYTES]


def test_as_many_descriptors_as_allowed_fit_in_one_message() -> None:
    ours, theirs = channel.pair()
    descriptor = os.open("/dev/null", os.O_RDONLY)

    with ours, theirs:
        channel.send(ours, b"many", [descriptor] * channel.DESCRIPTORS)
        message = channel.receive(theirs)

    assert message is not None
    assert len(message.descriptors) == channel.DESCRIPTORS
    channel.close_all((*message.descriptors, descriptor))


def test_a_closed_end_gives_nothing() -> None:
    ours, theirs = channel.pair()
    ours.close()

    with theirs:
        assert channel.receive(theirs) is None
        with pytest.raises(OSError, match="Broken pipe"):
            channel.send(theirs, b"anyone?")
