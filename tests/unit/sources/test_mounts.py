from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sources.mounts import holding_files, parse_mountinfo

GOLDEN = r"""22 26 0:21 / /proc rw,relatime shared:5 - proc proc rw
26 0 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
40 26 0:45 / /data/my\040runs rw,nosuid master:2 - nfs4 server:/runs ro,vers=4.2
41 26 254:0 /srv /srv rw shared:1 - ext4 /dev/vda1 rw
"""


def test_mount_points_are_read_with_blanks_and_optional_fields() -> None:
    mounts = parse_mountinfo(GOLDEN)

    assert [(mount.kind, mount.point, mount.source) for mount in mounts] == [
        ("proc", "/proc", "proc"),
        ("ext4", "/", "/dev/vda1"),
        ("nfs4", "/data/my runs", "server:/runs"),
        ("ext4", "/srv", "/dev/vda1"),
    ]
    assert mounts[2].device == "0:45"
    assert mounts[2].number == 40


def test_one_mount_stands_for_each_file_system_that_holds_files() -> None:
    found = holding_files(parse_mountinfo(GOLDEN))

    assert {device: mount.point for device, mount in found.items()} == {
        "254:0": "/",
        "0:45": "/data/my runs",
    }


@given(st.text(alphabet=" -\\0123abc/:\n\t"))
def test_any_text_gives_mounts_or_none(text: str) -> None:
    for mount in parse_mountinfo(text):
        assert mount.point


@given(st.integers(0, len(GOLDEN)))
def test_a_cut_off_table_keeps_its_whole_lines(length: int) -> None:
    whole = GOLDEN[:length].count("\n")

    assert parse_mountinfo(GOLDEN)[:whole] == parse_mountinfo(GOLDEN[:length])[:whole]
