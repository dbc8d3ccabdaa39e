import os
import resource

from strandwatch.app.sensor import allow_descriptors, own_processes
from strandwatch.runtime.clock import SystemClock


def test_the_limit_of_descriptors_is_raised_and_never_lowered() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
        raised = allow_descriptors(300)
        kept = allow_descriptors(100)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (raised, kept) == (300, 300)


def test_our_own_processes_are_the_launcher_and_its_family() -> None:
    own = own_processes(SystemClock())()

    assert os.getppid() in own
    assert os.getpid() in own
