"""The only place that reads the time."""

import time


class SystemClock:
    """The machine's clocks; passes `ports.Clock`."""

    def now_ns(self) -> int:
        """Give nanoseconds since 1970, UTC."""
        return time.time_ns()  # noqa: TID251

    def monotonic_ns(self) -> int:
        """Give nanoseconds since boot, suspended time included, never going back."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
