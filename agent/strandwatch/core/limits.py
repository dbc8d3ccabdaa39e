"""How much the engine remembers; whatever is forgotten over a limit is counted."""

from dataclasses import dataclass

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in entries, times in nanoseconds."""

    processes: int = 100_000
    flows: int = 200_000
    names: int = 100_000
    files: int = 200_000
    """Versions of files that may hold a genome, and files made from such."""
    plain_files: int = 50_000
    """Versions that are known to hold none; a forgotten one is looked into again."""
    labels_per_process: int = 2_000
    files_per_transfer: int = 1_000
    keep_exited_ns: int = 120 * SECOND_NS
    """A process's labels are kept this long after its exit: its last flows may be told later."""
    linger_ns: int = 5 * SECOND_NS
    """An ended flow is kept this long: the file that it carried may be told of a little later."""
    ended_ns: int = 60 * SECOND_NS
    """An ended flow is judged again no later than this, whatever becomes known of its files."""
    identification_grace_ns: int = 30 * SECOND_NS
    """A file that nobody has identified after this long is judged as unidentified. A worker that
    fails says so within seconds; only a long queue takes longer, and is no reason for suspicion."""
    measurement_grace_ns: int = 1 * SECOND_NS
    """A flow whose bytes are still unknown after this long is judged without them."""
    prune_interval_ns: int = 10 * SECOND_NS
    record_interval_ns: int = 10 * SECOND_NS
    """A growing transfer or flow is recorded again after this long."""
    flow_interval_ns: int = 60 * SECOND_NS
    incident_window_ns: int = 90 * 60 * SECOND_NS
    repeat_interval_ns: int = 60 * 60 * SECOND_NS
    """Sinks hear again of an alert that only grew after this long."""
