"""Opening a path safely to identify it: regular files only, no links followed, no waiting."""

import errno
import os
import stat

from strandwatch.domain.file import FileFacts, unidentified
from strandwatch.genomics.persons import run_folder_of
from strandwatch.ports import FileIdentifier

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_REASONS = {
    errno.ENOENT: "vanished",
    errno.ENOTDIR: "vanished",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ELOOP: "not a regular file: a symbolic link",
    errno.ENXIO: "not a regular file",
    errno.ENODEV: "not a regular file",
}


def inspect_with_neighbours(identifier: FileIdentifier, path: str) -> FileFacts:
    """Identify the file at this path after the files beside it that tell about it."""
    for neighbour in _neighbours(path):
        inspect_path(identifier, neighbour)
    return inspect_path(identifier, path)


def _neighbours(path: str) -> list[str]:
    stem = path.rpartition(".")[0]
    found = [stem + ending for ending in (".fam", ".psam", ".sample")] if stem else []
    run = run_folder_of(path)
    if run is not None:
        found += [f"{run}/{name}" for name in ("SampleSheet.csv", "RunInfo.xml")]
    return [each for each in found if each != path and os.path.lexists(each)]


def inspect_path(identifier: FileIdentifier, path: str) -> FileFacts:
    """Identify the file at this path; one that cannot be opened is unknown, with the reason."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0)
        return unidentified(reason or f"cannot be opened: {os.strerror(error.errno or 0)}")
    except ValueError:
        return unidentified("vanished")
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return unidentified("not a regular file")
        return identifier.identify(descriptor, path)
    finally:
        os.close(descriptor)
