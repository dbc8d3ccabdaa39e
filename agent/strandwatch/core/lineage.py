"""Which files a process carries, by which way, and how sure that is.

The rules, strongest first; a step multiplies the confidence by its factor:

    read       the process opened the file                                   0.9
    pipe       its standard input is a pipe that a carrier writes into       0.9 per pipe
    inherited  a carrier is its parent or grandparent                        0.8 per generation
    derived    it opened a file that a carrier wrote                         0.8 per file, but 0.25
               when that file is so much smaller that it can hold no more than a summary

A label is an edge from a file version to the process that opened it. What a process carries is
found when it is asked, by walking from the process to the labels; nothing is copied along, so
forgetting a file or a process takes effect everywhere at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from strandwatch.core.limits import Limits
from strandwatch.core.origins import Origins
from strandwatch.core.process_table import ProcessTable
from strandwatch.domain.file import FileVersion
from strandwatch.domain.lineage import Label, Relation
from strandwatch.domain.process import ProcessKey

Matters = Callable[[FileVersion], bool]

READ_CONFIDENCE = 0.9
STEP_FACTORS = {Relation.PIPE: 0.9, Relation.INHERITED: 0.8, Relation.DERIVED: 0.8}
SUMMARY_SHARE = 0.05
SUMMARY_FACTOR = 0.25
PENDING = 32
"""How many files that nobody has identified yet a written file may be made from."""
GENERATIONS = 2
"""How far up the family a carrier is looked for: uploaders start their helpers directly."""
PIPES = 8
"""How many pipes in a row are followed."""


@dataclass(frozen=True, slots=True)
class _Step:
    process: ProcessKey
    relation: Relation
    factor: float
    via: tuple[str, ...]
    pipes: int = 0
    generations: int = 0


class Lineage:
    """Labels of processes and origins of written files."""

    def __init__(self, processes: ProcessTable, limits: Limits) -> None:
        self._processes = processes
        self._limits = limits
        self._labels: dict[ProcessKey, OrderedDict[FileVersion, Label]] = {}
        self._readers: dict[FileVersion, set[ProcessKey]] = {}
        self._origins = Origins(limits)
        self._forgotten = 0

    @property
    def forgotten(self) -> int:
        """Labels that were forgotten over the limits."""
        return self._forgotten + self._origins.forgotten

    def sizes(self) -> dict[str, int]:
        """Give how many processes carry files, and how many files were made by such."""
        return {"labelled_processes": len(self._labels), "made_files": len(self._origins)}

    def opened(self, process: ProcessKey, file: FileVersion, path: str, at_ns: int) -> None:
        """Label a process with a file that it opened."""
        program = self._program(process)
        self._add(
            Label(
                file=file,
                path=path,
                relation=Relation.READ,
                via=(f"{program} opened it",),
                since_ns=at_ns,
                reader=process,
                confidence=READ_CONFIDENCE,
            )
        )

    def opened_made(self, process: ProcessKey, file: FileVersion, path: str, at_ns: int) -> bool:
        """Label a process with what a file that it opened was made from; tell whether anything."""
        origins = self._origins.of(file.key)
        words = f"{self._program(process)} opened {_name(path)}"
        for origin in origins:
            self._add(_derived(origin, process, at_ns, words, 1.0))
        return bool(origins)

    def remembered(self, label: Label) -> None:
        """Take in an edge that an earlier run had found."""
        self._add(label)

    def written(
        self, process: ProcessKey, file: FileVersion, path: str, at_ns: int, is_known: Matters
    ) -> None:
        """Keep what a written file may be made from: the genomes that its writer carries.

        Of files that nobody has identified yet only the last few count: a program that has read
        thousands of its own would make every file that it writes carry them all.
        """
        step = f"{self._program(process)} wrote {_name(path)}"
        pending = self._pending(process, is_known)
        made = [
            _derived(label, process, at_ns, step, _size_factor(label.file, file))
            for label in self.carried(process, lambda one: is_known(one) or one in pending)
            if label.file.key != file.key
        ]
        self._origins.put(file.key, made)

    def carried(self, process: ProcessKey, matters: Matters) -> list[Label]:
        """Give what a process may send, of the files that matter.

        For each file the surest way, surest file first.
        """
        best: dict[FileVersion, Label] = {}
        for step in self._walk(process):
            for label in self._labels.get(step.process, {}).values():
                if not matters(label.file):
                    continue
                here = _through(label, step)
                known = best.get(here.file)
                if known is None or here.confidence > known.confidence:
                    best[here.file] = here
        return sorted(best.values(), key=lambda label: (-label.confidence, label.since_ns))

    def files_of(self, process: ProcessKey) -> Iterator[FileVersion]:
        """Give the files that a process may carry, in no order and perhaps more than once."""
        for step in self._walk(process):
            yield from self._labels.get(step.process, ())

    def carriers(self, file: FileVersion) -> set[ProcessKey]:
        """Give the processes that a file's label reaches."""
        return {
            reached for reader in self._readers.get(file, ()) for reached in self.reached(reader)
        }

    def reached(self, process: ProcessKey) -> set[ProcessKey]:
        """Give the processes that may carry what this one carries, itself included."""
        reached = {process}
        edge = {process}
        for _ in range(PIPES):
            found = {key for at in edge for key in self._processes.downstream(at)}
            found |= {key for at in edge for key in self._processes.descendants(at, GENERATIONS)}
            edge = found - reached
            if not edge:
                break
            reached |= edge
        return reached

    def forget_file(self, file: FileVersion) -> None:
        """Take in that a file holds no genome: content outranks lineage, nobody carries it."""
        self._origins.forget_source(file)
        for reader in self._readers.pop(file, ()):
            labels = self._labels[reader]
            labels.pop(file, None)
            if not labels:
                del self._labels[reader]

    def forget_origin(self, file: FileVersion) -> None:
        """Take in that a written file was looked into and holds no genome."""
        self._origins.drop(file.key)

    def forget_process(self, process: ProcessKey) -> None:
        """Forget the labels of a process that is gone for good."""
        for file in self._labels.pop(process, {}):
            self._unread(file, process)

    def _add(self, label: Label) -> None:
        labels = self._labels.setdefault(label.reader, OrderedDict())
        known = labels.get(label.file)
        if known is not None and known.confidence >= label.confidence:
            return
        labels[label.file] = label
        self._readers.setdefault(label.file, set()).add(label.reader)
        if len(labels) > self._limits.labels_per_process:
            oldest, _ = labels.popitem(last=False)
            self._unread(oldest, label.reader)
            self._forgotten += 1

    def _unread(self, file: FileVersion, process: ProcessKey) -> None:
        readers = self._readers[file]
        readers.discard(process)
        if not readers:
            del self._readers[file]

    def _pending(self, process: ProcessKey, is_known: Matters) -> set[FileVersion]:
        """Give the last files that a process opened of which nothing is known yet."""
        opened = reversed(self._labels.get(process, OrderedDict[FileVersion, Label]()))
        return set(islice((file for file in opened if not is_known(file)), PENDING))

    def _walk(self, process: ProcessKey) -> Iterator[_Step]:
        seen: set[ProcessKey] = set()
        queue = [_Step(process, Relation.READ, 1.0, ())]
        while queue:
            step = queue.pop(0)
            if step.process in seen:
                continue
            seen.add(step.process)
            yield step
            queue += self._next(step)

    def _next(self, step: _Step) -> Iterator[_Step]:
        here = self._program(step.process)
        if step.pipes < PIPES:
            for writer in sorted(self._processes.upstream(step.process), key=lambda key: key.pid):
                words = f"{self._program(writer)} piped it into {here}"
                yield _further(step, writer, Relation.PIPE, words)
        if step.generations < GENERATIONS:
            state = self._processes.get(step.process)
            if state is not None and state.parent is not None:
                words = f"{self._program(state.parent)} started {here}"
                yield _further(step, state.parent, Relation.INHERITED, words)

    def _program(self, process: ProcessKey) -> str:
        facts = self._processes.facts(process)
        name = "a process" if facts is None else _name(facts.executable)
        return f"{name} ({process.pid})"


def _further(step: _Step, process: ProcessKey, relation: Relation, words: str) -> _Step:
    return _Step(
        process,
        relation,
        step.factor * STEP_FACTORS[relation],
        (words, *step.via),
        step.pipes + (relation is Relation.PIPE),
        step.generations + (relation is Relation.INHERITED),
    )


def _through(label: Label, step: _Step) -> Label:
    if step.factor == 1.0:
        return label
    return Label(
        file=label.file,
        path=label.path,
        relation=label.relation if label.relation is Relation.DERIVED else step.relation,
        via=(*label.via, *step.via),
        since_ns=label.since_ns,
        reader=label.reader,
        confidence=label.confidence * step.factor,
    )


def _derived(origin: Label, process: ProcessKey, at_ns: int, words: str, factor: float) -> Label:
    return Label(
        file=origin.file,
        path=origin.path,
        relation=Relation.DERIVED,
        via=(*origin.via, words),
        since_ns=at_ns,
        reader=process,
        confidence=origin.confidence * factor,
    )


def _size_factor(original: FileVersion, made: FileVersion) -> float:
    if made.size_bytes < original.size_bytes * SUMMARY_SHARE:
        return SUMMARY_FACTOR
    return STEP_FACTORS[Relation.DERIVED]


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1] or path
