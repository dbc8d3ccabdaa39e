"""The kernel tier alone, as the sensor runs it: every observation is encoded, then dropped."""

import signal

from strandwatch.domain.encoding import encode
from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.runtime.clock import SystemClock
from strandwatch.sources.kernel.source import KernelSource
from strandwatch.sources.processes import ProcessReader


def main() -> None:
    """Watch until terminated."""
    clock = SystemClock()
    source = KernelSource(clock, processes=ProcessReader(clock))
    source.start()
    signal.signal(signal.SIGTERM, lambda _number, _frame: source.stop())
    print("ready", flush=True)

    def emit(told: Observation | PacketCaptured) -> bool:
        encode(told)
        return True

    source.run(emit)


if __name__ == "__main__":
    main()
