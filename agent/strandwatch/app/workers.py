"""The two workers behind their ports."""

from collections.abc import Sequence
from typing import cast

from strandwatch.domain.encoding import decode, from_plain, to_plain
from strandwatch.domain.file import FileFacts
from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.errors import EncodingError, WorkerError
from strandwatch.runtime.sandbox import Worker


class SandboxedIdentifier:
    """Asks the genomics worker; passes `ports.FileIdentifier`, but raises WorkerError."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def identify(self, descriptor: int, path: str) -> FileFacts:
        """Give the facts about the open file."""
        answer = self._worker.call({"path": path}, descriptor)
        try:
            return from_plain(FileFacts, answer)
        except EncodingError as error:
            raise WorkerError(f"genomics worker: {error}") from error


class SandboxedDissector:
    """Asks the dissect worker, which starts with the first packet."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def dissect(self, packet: PacketCaptured) -> Sequence[Observation]:
        """Give the names in a packet."""
        try:
            learned = [decode(line) for line in self._worker.call(to_plain(packet))]
        except (EncodingError, TypeError) as error:
            raise WorkerError(f"dissect worker: {error}") from error
        return cast(list[Observation], learned)
