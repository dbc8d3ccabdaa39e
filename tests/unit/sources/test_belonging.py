import pytest

from strandwatch.domain.process import Job
from strandwatch.sources.belonging import (
    container_of,
    job_of,
    unified_cgroup,
    wanted_environment,
)

ID = "4f" * 32
OTHER = "a0" * 32


@pytest.mark.parametrize(
    "cgroup",
    [
        f"/docker/{ID}",
        f"/system.slice/docker-{ID}.scope",
        f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope",
        f"/kubepods/besteffort/pod1/{ID}",
        f"/machine.slice/libpod-{ID}.scope/container",
        f"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}",
        f"/docker/{OTHER}/docker/{ID}",
    ],
)
def test_a_container_is_known_by_its_id_in_the_cgroup(cgroup: str) -> None:
    assert container_of(cgroup, {}) == ID


def test_apptainer_is_known_by_the_image_it_names_in_the_environment() -> None:
    assert container_of("/user.slice", {"APPTAINER_CONTAINER": "/img/gatk.sif"}) == "/img/gatk.sif"


def test_a_process_outside_any_container_has_none() -> None:
    assert container_of("/user.slice/user-1000.slice/session-2.scope", {}) is None


def test_only_wanted_variables_are_taken_from_an_environment() -> None:
    raw = b"AWS_SECRET_ACCESS_KEY=x\0SLURM_JOB_ID=7\0broken\0"

    assert wanted_environment(raw) == {"SLURM_JOB_ID": "7"}


def test_the_longest_cgroup_path_of_a_hybrid_host_is_taken() -> None:
    assert unified_cgroup("3:cpu:/\n0::/user.slice/a:b\n") == "/user.slice/a:b"


def test_an_unreadable_cgroup_is_none() -> None:
    assert unified_cgroup("") is None


@pytest.mark.parametrize(
    ("cgroup", "environment", "command", "job"),
    [
        (None, {"NXF_TASK_WORKDIR": "/w/ab/cdef01"}, (), Job(system="nextflow", name="ab/cdef01")),
        (
            None,
            {"SLURM_JOB_ID": "12", "SLURM_JOB_NAME": "align"},
            (),
            Job(system="slurm", name="12 align"),
        ),
        ("/slurm/uid_1000/job_77/step_0", {}, (), Job(system="slurm", name="77")),
        ("/system.slice/slurmstepd.scope/job_78/step_0", {}, (), Job(system="slurm", name="78")),
        (None, {"PBS_JOBID": "5.head"}, (), Job(system="pbs", name="5.head")),
        (None, {"LSB_JOBID": "6"}, (), Job(system="lsf", name="6")),
        (None, {"JOB_ID": "8", "SGE_ROOT": "/sge"}, (), Job(system="sge", name="8")),
        (
            None,
            {},
            ("python", "-m", "snakemake", "--target-jobs", "align:sample=A"),
            Job(system="snakemake", name="align"),
        ),
        (None, {"JOB_ID": "8"}, ("bash",), None),
        (None, {}, ("snakemake", "--cores", "4"), None),
    ],
)
def test_the_pipeline_step_or_batch_job_of_a_process(
    cgroup: str | None, environment: dict[str, str], command: tuple[str, ...], job: Job | None
) -> None:
    assert job_of(cgroup, environment, command) == job


def test_a_step_says_more_than_the_batch_job_it_runs_in() -> None:
    environment = {"NXF_TASK_WORKDIR": "/w/ab/cdef01", "SLURM_JOB_ID": "12"}

    job = job_of(None, environment, ())

    assert job is not None
    assert job.system == "nextflow"
