"""A benign day on a sequencing server: everything that talks to far hosts and carries no genomes.

Each scene is shell on the sequencer. `$FAR` is a host in a country of concern, `$NEAR` one in the
US, `$RUN` a run folder, `$WORK` a directory of the scene's own. Nothing of a person leaves in any
of them, so that each urgent alert about one is false.
"""

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from strandwatch.errors import StrandwatchError
from strandwatch.lab import traffic
from strandwatch.lab.files import RunFolder
from strandwatch.lab.matrix import TransferField

_SCENE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens on a benign day, and how often."""

    name: str
    programs: tuple[str, ...]
    script: str
    times: int = 1


_NOTEBOOK = """
import sys, urllib.request as u
far, bam, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
head = open(bam, "rb").read()
for number in range(rounds):
    u.urlopen(f"http://{far}/package{number}").read()
    u.urlopen(u.Request(f"http://{far}/api", data=b'{"cell": %d}' % number)).read()
"""
_TIME = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for _ in range(20):
        s.sendto(b"\\x23" + bytes(47), (sys.argv[1], 123))
"""
_PYTHON = "/usr/bin/python3 -c"

SCENES = (
    Scene(
        "package updates",
        ("curl",),
        "for N in 1 2 3 4 5; do "
        'curl -sSf -o "$WORK/package$N.deb" "http://$FAR/package$N"; '
        'curl -sSf -o "$WORK/index$N" "http://$NEAR/package$N"; done',
        times=5,
    ),
    Scene(
        "downloads from a mirror, unpacked",
        ("curl", "tar"),
        'cd "$WORK"; curl -sSf "http://$FAR/package1" -o wheel; tar -cf wheel.tar wheel; '
        "tar -xf wheel.tar",
        times=5,
    ),
    Scene(
        "browsing",
        ("curl",),
        'for N in $(seq 20); do curl -sSf -k -o /dev/null "https://$FAR/package1"; '
        'curl -sSf -k -d "query=number$N" "https://$FAR/search"; done',
        times=3,
    ),
    Scene(
        "backup of documents",
        ("tar", "curl"),
        'tar -czf "$WORK/documents.tar.gz" -C /usr/share/doc bash coreutils tar grep; '
        'curl -sSf -T "$WORK/documents.tar.gz" "http://$FAR/"',
        times=2,
    ),
    Scene(
        "documents by rsync",
        ("rsync", "ssh", "sshd"),
        'rsync -a -e "ssh $SSH" /usr/share/doc/coreutils "$THERE:$UPLOADS/"',
        times=2,
    ),
    Scene(
        "pipeline on genomes that talks to its scheduler",
        ("samtools", "bcftools", "curl"),
        'for BAM in "$RUN"/Alignments/*.bam; do '
        'samtools sort -o "$WORK/sorted.bam" "$BAM" 2> /dev/null; '
        'samtools index "$WORK/sorted.bam"; samtools flagstat "$WORK/sorted.bam" > "$WORK/flags"; '
        'bcftools stats "$RUN/Variants/cohort.vcf.gz" > "$WORK/stats"; '
        'for HOST in "$FAR" "$NEAR"; do curl -sSf -d "task=sort status=done" "http://$HOST/task"; '
        "done; done",
        times=2,
    ),
    Scene(
        "report of a pipeline sent off",
        ("samtools", "curl"),
        'samtools flagstat "$RUN/Alignments/LAB-0001.bam" > "$WORK/flagstat.txt"; '
        'curl -sSf -T "$WORK/flagstat.txt" "http://$FAR/"; '
        'curl -sSf -T "$RUN/Reports/run_summary.html" "http://$FAR/"',
        times=2,
    ),
    Scene(
        "notebook that has read a genome and then loads packages",
        ("python3",),
        f'{_PYTHON} {shlex.quote(_NOTEBOOK)} "$FAR" "$RUN/Alignments/LAB-0002.bam" 30',
    ),
    Scene("time synchronisation", ("python3",), f'{_PYTHON} {shlex.quote(_TIME)} "$FAR"', times=3),
    Scene(
        "monitoring",
        ("curl",),
        "for N in $(seq 30); do cat /proc/loadavg /proc/meminfo | "
        'curl -sSf --data-binary @- "http://$FAR/metrics"; done',
        times=2,
    ),
    Scene(
        "administrator at work",
        ("ssh", "sshd"),
        'ls -lR "$RUN" > "$WORK/list"; ssh $SSH "$THERE" "cat > /dev/null" < "$WORK/list"; '
        'for N in 1 2 3; do ssh $SSH "$THERE" uptime > /dev/null; done',
    ),
    Scene(
        "checksums of a run, sent off",
        ("sha256sum", "curl"),
        'find "$RUN" -type f -exec sha256sum {} + > "$WORK/sums"; '
        'curl -sSf -T "$WORK/sums" "http://$FAR/"',
    ),
)


def play_scene(field: TransferField, scene: Scene, folder: RunFolder, work: Path) -> None:
    """Play a scene once; raises when one of its programs fails."""
    work.mkdir(parents=True)
    script = f"{_variables(field, folder, work)}set -e\n{scene.script}\n"
    done = subprocess.run(
        field.network.sequencer.command(("bash", "-o", "pipefail", "-c", script)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        env=traffic.environment(),
        timeout=_SCENE_SECONDS,
    )
    if done.returncode != 0:
        raise StrandwatchError(f"{scene.name}: {done.stderr.strip()}")


def _variables(field: TransferField, folder: RunFolder, work: Path) -> str:
    ssh = field.target.ssh
    variables: dict[str, object] = {
        "FAR": field.target.address,
        "NEAR": field.near,
        "RUN": folder.path,
        "WORK": work,
        "THERE": f"{ssh.user}@{field.target.address}",
        "UPLOADS": ssh.directory,
        "SSH": " ".join(map(shlex.quote, traffic.ssh_options(ssh))),
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in variables.items())
