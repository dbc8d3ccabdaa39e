"""The commands of the lab's clients."""

from pathlib import Path

from strandwatch.lab import traffic
from strandwatch.lab.servers import SshServer

SERVER = SshServer(Path("/k"), Path("/h"), "lab", Path("/in"))


def test_curl_limits_its_rate_only_when_told_to() -> None:
    fast = traffic.curl([Path("/a.bam")], "http://x/")
    slow = traffic.curl([Path("/a.bam")], "http://x/", kilobytes_per_second=5)

    assert "--limit-rate" not in fast.command
    assert slow.command[slow.command.index("--limit-rate") + 1] == "5k"


def test_a_name_is_quoted_in_the_url_of_a_post() -> None:
    upload = traffic.curl([Path("/one two.bam")], "http://x/", method="POST")

    assert upload.command[-2:] == ("@/one two.bam", "http://x/one%20two.bam")


def test_scp_and_sftp_count_in_kilobits() -> None:
    for tool in (traffic.scp, traffic.sftp):
        upload = tool([Path("/a.bam")], SERVER, "203.0.113.10", kilobytes_per_second=5)

        assert upload.command[upload.command.index("-l") + 1] == "40"


def test_an_ipv6_address_is_bracketed() -> None:
    upload = traffic.rsync([Path("/a.bam")], SERVER, "2001:db8:c::10", kilobytes_per_second=5)

    assert upload.command[-1] == "lab@[2001:db8:c::10]:/in/"
    assert "--bwlimit=5" in upload.command


def test_no_client_reads_the_users_own_ssh_configuration() -> None:
    for tool in (traffic.scp, traffic.sftp, traffic.rsync):
        assert "-F none" in " ".join(tool([Path("/a.bam")], SERVER, "203.0.113.10").command)
