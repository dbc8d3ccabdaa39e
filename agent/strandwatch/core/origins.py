"""What written files may be made from: labels by the file that was made, and by their source."""

from collections import OrderedDict

from strandwatch.core.limits import Limits
from strandwatch.domain.file import FileKey, FileVersion
from strandwatch.domain.lineage import Label


class Origins:
    """Labels of made files, at most `limits.files` of these and `labels_per_process` of each."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._labels: OrderedDict[FileKey, dict[FileVersion, Label]] = OrderedDict()
        self._made: dict[FileVersion, set[FileKey]] = {}
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._labels)

    def of(self, made: FileKey) -> tuple[Label, ...]:
        """Give what a file may be made from."""
        return tuple(self._labels.get(made, {}).values())

    def put(self, made: FileKey, labels: list[Label]) -> None:
        """Keep what a file was made from, in place of what was said before; nothing drops it."""
        self.drop(made)
        kept = labels[: self._limits.labels_per_process]
        self.forgotten += len(labels) - len(kept)
        if not kept:
            return
        self._labels[made] = {label.file: label for label in kept}
        for label in kept:
            self._made.setdefault(label.file, set()).add(made)
        if len(self._labels) > self._limits.files:
            self.forgotten += 1
            self.drop(next(iter(self._labels)))

    def drop(self, made: FileKey) -> None:
        """Forget what a file was made from."""
        for source in self._labels.pop(made, {}):
            self._unmake(source, made)

    def forget_source(self, source: FileVersion) -> None:
        """Take in that a source holds no genome: nothing was made from it that matters."""
        for made in self._made.pop(source, ()):
            labels = self._labels[made]
            del labels[source]
            if not labels:
                del self._labels[made]

    def _unmake(self, source: FileVersion, made: FileKey) -> None:
        files = self._made[source]
        files.discard(made)
        if not files:
            del self._made[source]
