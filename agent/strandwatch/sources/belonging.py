"""What a process belongs to: container, batch job or pipeline step, from cgroup and environment.

Names of environment variables come from the manuals of Slurm (sbatch), OpenPBS (qsub), Grid Engine
(qsub), LSF (bsub) and Nextflow (NXF_*); forms of cgroup paths from Docker, containerd (CRI), CRI-O
and Podman. Whoever runs a process can write its environment: a job is a hint, never a proof.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from strandwatch.domain.process import Job

WANTED_VARIABLES = frozenset(
    {
        "SLURM_JOB_ID",
        "SLURM_JOB_NAME",
        "PBS_JOBID",
        "JOB_ID",
        "SGE_ROOT",
        "LSB_JOBID",
        "NXF_TASK_WORKDIR",
        "APPTAINER_CONTAINER",
        "SINGULARITY_CONTAINER",
    }
)
"""The only variables that are taken from an environment; all others may hold secrets."""

_LONGEST_VALUE = 256
_CONTAINER = re.compile(r"(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:/|$)")
_SLURM = re.compile(r"/slurm[^/]*/(?:[^/]+/)*job_(\d+)(?:/|$)")
_SNAKEMAKE_RULE = re.compile(r"^([A-Za-z_]\w*)(?::.*)?$")
_SNAKEMAKE_OPTIONS = ("--target-jobs", "--allowed-rules")


def wanted_environment(raw: bytes) -> dict[str, str]:
    """Pick the wanted variables out of the bytes of /proc/PID/environ."""
    found = {}
    for item in raw.split(b"\0"):
        name, separator, value = item.partition(b"=")
        key = name.decode("ascii", "replace")
        if separator and key in WANTED_VARIABLES:
            found[key] = value[:_LONGEST_VALUE].decode("utf-8", "replace")
    return found


def unified_cgroup(text: str) -> str | None:
    """Give the most telling path of /proc/PID/cgroup: the longest one, None for an empty file."""
    paths = [line.split(":", 2)[2] for line in text.splitlines() if line.count(":") >= 2]
    return max(paths, key=len, default=None)


def container_of(cgroup: str | None, environment: Mapping[str, str]) -> str | None:
    """Give the container's id (64 hex digits), or the image path that Apptainer leaves behind."""
    found = _CONTAINER.findall(cgroup or "")
    if found:
        # The innermost one: a container started inside another has both in its path.
        return str(found[-1])
    return environment.get("APPTAINER_CONTAINER") or environment.get("SINGULARITY_CONTAINER")


def job_of(
    cgroup: str | None, environment: Mapping[str, str], command: tuple[str, ...]
) -> Job | None:
    """Give the pipeline step or else the batch job; the step says more."""
    step = _nextflow(environment) or _snakemake(command)
    return step or _slurm(cgroup, environment) or _other_batch(environment)


def _nextflow(environment: Mapping[str, str]) -> Job | None:
    folder = environment.get("NXF_TASK_WORKDIR")
    if not folder:
        return None
    # A task's working folder ends in its hash, as ab/cdef...: the name that Nextflow's log uses.
    return Job(system="nextflow", name="/".join(folder.rstrip("/").split("/")[-2:]))


def _snakemake(command: tuple[str, ...]) -> Job | None:
    if not any("snakemake" in word for word in command[:4]):
        return None
    for option, value in pairwise(command):
        rule = _SNAKEMAKE_RULE.match(value)
        if option in _SNAKEMAKE_OPTIONS and rule:
            return Job(system="snakemake", name=rule.group(1))
    return None


def _slurm(cgroup: str | None, environment: Mapping[str, str]) -> Job | None:
    found = _SLURM.search(cgroup or "")
    number = found.group(1) if found else environment.get("SLURM_JOB_ID")
    if not number:
        return None
    name = environment.get("SLURM_JOB_NAME")
    return Job(system="slurm", name=f"{number} {name}" if name else number)


def _other_batch(environment: Mapping[str, str]) -> Job | None:
    if "PBS_JOBID" in environment:
        return Job(system="pbs", name=environment["PBS_JOBID"])
    if "LSB_JOBID" in environment:
        return Job(system="lsf", name=environment["LSB_JOBID"])
    if "JOB_ID" in environment and "SGE_ROOT" in environment:
        return Job(system="sge", name=environment["JOB_ID"])
    return None
