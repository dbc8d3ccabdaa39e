"""The console: alerts on the terminal or journal that the daemon was started from."""

from typing import TextIO

from rich.text import Text

from strandwatch.domain.alert import Alert
from strandwatch.errors import SinkError
from strandwatch.sinks.alert_block import STYLES, AlertBlock
from strandwatch.sinks.terminal import console, show
from strandwatch.sinks.wording import countries, duration, size


class ConsoleSink:
    """Prints each alert once in full, and a line when it has grown; passes `ports.Sink`.

    Lines are only added, so that a terminal, a pager and a journal show the same; the view that
    changes in place is `strandwatch live`.
    """

    name = "console"

    def __init__(self, stream: TextIO) -> None:
        self._console = console(stream)

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Print; raises SinkError when the terminal is gone."""
        try:
            if repeat:
                show(self._console, _line(alert))
            else:
                show(self._console, AlertBlock(alert))
        except (OSError, ValueError) as error:
            raise SinkError(f"the console does not take it: {error}") from error

    def close(self) -> None:
        """Release nothing: the stream is the caller's."""


def _line(alert: Alert) -> Text:
    transfer = alert.transfer
    state = "ended" if transfer.ended_ns is not None else "under way"
    lasted = duration(alert.updated_ns - alert.opened_ns)
    text = (
        f" to {countries(transfer.destination)}: {size(transfer.sent_bytes)}, {state}, "
        f"{alert.count} transfers in {lasted} (alert {alert.id})"
    )
    return Text.assemble((alert.severity.value.upper(), STYLES[alert.severity]), text)
