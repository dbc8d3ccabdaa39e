"""The agent's end of the channel: lines into observations, descriptors into the handle table."""

import json
import socket
from collections.abc import Iterator

import structlog

from strandwatch.domain.encoding import decode
from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.errors import EncodingError
from strandwatch.runtime import channel
from strandwatch.runtime.handles import HandleTable

log = structlog.get_logger()


def received(
    peer: socket.socket, handles: HandleTable
) -> Iterator[list[Observation | PacketCaptured]]:
    """Give each message's observations until the sensor's end is closed."""
    while (message := channel.receive(peer)) is not None:
        head, *lines = message.data.split(b"\n")
        _store(json.loads(head), message.descriptors, handles)
        yield list(_decoded(lines))


def _store(numbers: list[int], descriptors: tuple[int, ...], handles: HandleTable) -> None:
    for number, descriptor in zip(numbers, descriptors, strict=False):
        handles.put(number, descriptor)
    channel.close_all(descriptors[len(numbers) :])


def _decoded(lines: list[bytes]) -> Iterator[Observation | PacketCaptured]:
    for line in lines:
        try:
            yield decode(line)
        except EncodingError as error:
            log.error("observation_unreadable", error=str(error))
