from hypothesis import given
from hypothesis import strategies as st

from strandwatch.sources.proc_events import ProcessEvent, What, listen_request, parse_events

# Told by Linux 6.18 of `true`, started as 31930 by 31929.
FORK = bytes.fromhex(
    "4c00000003000000010000000000000001000000010000000100000000000000280000000100000000000000"
    "a96c4b5136060000b97c0000b97c0000ba7c0000ba7c00000000000000000000"
)
EXEC = bytes.fromhex(
    "4c00000003000000020000000000000001000000010000000200000000000000280000000200000000000000"
    "c300975236060000ba7c0000ba7c000000000000000000000000000000000000"
)
EXIT = bytes.fromhex(
    "4c00000003000000030000000000000001000000010000000300000000000000280000000000008000000000"
    "c1cf9f5236060000ba7c0000ba7c00000000000011000000b97c0000b97c0000"
)


def test_fork_exec_and_exit_are_read() -> None:
    assert list(parse_events(FORK + EXEC + EXIT)) == [
        ProcessEvent(What.FORK, 31929, 31930),
        ProcessEvent(What.EXEC, 31930),
        ProcessEvent(What.EXIT, 31930),
    ]


def test_threads_are_left_out() -> None:
    thread = (0x7CBB).to_bytes(4, "little")
    process = (0x7CBA).to_bytes(4, "little")
    forked = FORK.replace(process + process, thread + process)
    ended = EXIT.replace(process + process, thread + process)

    assert list(parse_events(forked + ended)) == []


def test_a_request_to_listen_and_one_to_stop_differ_in_one_word() -> None:
    assert listen_request()[:-4] == listen_request(listen=False)[:-4]
    assert (listen_request()[-4], listen_request(listen=False)[-4]) == (1, 2)


@given(st.integers(0, len(FORK + EXEC)), st.binary(max_size=100))
def test_any_bytes_end_without_an_exception(at: int, junk: bytes) -> None:
    raw = FORK + EXEC

    for data in (raw[:at], raw[:at] + junk + raw[at:], junk):
        assert len(list(parse_events(data))) <= len(data) // 36 + 1
