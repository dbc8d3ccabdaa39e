from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.tls import Hello, hello_message, read_hello
from support.packets import client_hello, client_hello_message, tls_record

MESSAGE = client_hello_message("upload.example.org", padding=100, ech=True)


def test_the_server_name_is_read() -> None:
    assert read_hello(client_hello_message("Upload.Example.ORG")) == Hello(
        "upload.example.org", encrypted=False
    )


def test_an_encrypted_hello_says_that_the_name_is_the_outer_one() -> None:
    assert read_hello(client_hello_message("outer.example", ech=True)) == Hello(
        "outer.example", encrypted=True
    )


def test_a_hello_without_a_name_has_none() -> None:
    assert read_hello(client_hello_message(None)) == Hello(None, encrypted=False)


def test_a_cut_off_hello_says_what_it_says_so_far() -> None:
    hello = read_hello(MESSAGE[:100])

    assert hello == Hello("upload.example.org", encrypted=False)


def test_a_hello_in_one_record_is_whole() -> None:
    assert hello_message(tls_record(MESSAGE)) == (MESSAGE, True)


def test_a_hello_over_several_records_is_put_together() -> None:
    records = tls_record(MESSAGE[:7]) + tls_record(MESSAGE[7:90]) + tls_record(MESSAGE[90:])

    assert hello_message(records) == (MESSAGE, True)


def test_what_follows_the_hello_is_left_out() -> None:
    assert hello_message(client_hello() + b"\x17\x03\x03\x00\x01x") == hello_message(client_hello())


def test_other_bytes_are_no_hello() -> None:
    assert hello_message(b"GET / HTTP/1.1\r\n") is None
    assert hello_message(tls_record(b"\x02\x00\x00\x00")) is None
    assert hello_message(tls_record(b"") + client_hello()) is None
    assert read_hello(b"\x02\x00\x00\x00") is None
    assert read_hello(b"") is None


@given(st.integers(0, len(MESSAGE)))
def test_any_prefix_gives_the_name_or_none(length: int) -> None:
    hello = read_hello(MESSAGE[:length])

    assert hello is None or hello.server_name in (None, "upload.example.org")


@given(st.integers(0, len(MESSAGE)), st.binary(max_size=60))
def test_any_mutation_gives_a_hello_or_none(at: int, junk: bytes) -> None:
    for message in (MESSAGE[:at] + junk + MESSAGE[at + len(junk) :], b"\x01" + junk):
        hello = read_hello(message)
        assert hello is None or hello.server_name is None or len(hello.server_name) <= 253
        assert hello_message(junk + message) is None or junk[:1] in (b"\x16", b"")


@given(st.integers(0, 300))
def test_records_cut_anywhere_are_whole_or_not_yet(length: int) -> None:
    stream = tls_record(MESSAGE)[:length]
    found = hello_message(stream)

    assert found is not None
    assert MESSAGE.startswith(found[0])
    assert found[1] is (length >= len(tls_record(MESSAGE)))
