import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.requests import Request, read_request
from strandwatch.domain.destination import NameEvidence

HOST, PROXY = NameEvidence.HTTP_HOST, NameEvidence.PROXY_TARGET


@pytest.mark.parametrize(
    ("payload", "request_"),
    [
        (b"PUT /x HTTP/1.1\r\nHost: Up.example:8080\r\n\r\n", Request("up.example", HOST)),
        (b"GET / HTTP/1.1\r\nAccept: */*\r\nhOST:a.example\r\n", Request("a.example", HOST)),
        (b"CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", Request("a.example", PROXY)),
        (b"GET http://u:p@a.example:80/x HTTP/1.1\r\n\r\n", Request("a.example", PROXY)),
        (b"\x05\x01\x00\x03\x09a.example\x01\xbb", Request("a.example", PROXY)),
        (b"\x04\x01\x01\xbb\x00\x00\x00\x01user\x00a.example\x00", Request("a.example", PROXY)),
    ],
)
def test_the_name_of_a_request_is_read(payload: bytes, request_: Request) -> None:
    assert read_request(payload) == request_


@pytest.mark.parametrize(
    "payload",
    [
        b"GET / HTTP/1.1\r\nHost: 203.0.113.10\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: cut-off.exam",
        b"GET / HTTP/1.1\r\nHost: bad name\r\n\r\n",
        b"GET / FTP/1.1\r\nHost: a.example\r\n\r\n",
        b"POST",
        b"\x05\x01\x00\x01\xcb\x00\x71\x0a\x01\xbb",
        b"\x05\x01\x00\x03\x20short",
        b"\x04\x01\x01\xbb\xcb\x00\x71\x0a\x00",
        b"",
    ],
)
def test_what_names_no_host_gives_nothing(payload: bytes) -> None:
    assert read_request(payload) is None


@given(
    st.sampled_from(
        [b"GET / HTTP/1.1\r\nHost: ", b"\x05\x01\x00\x03", b"\x04\x01\0\0\0\0\0\1", b""]
    ),
    st.binary(max_size=400),
)
def test_any_bytes_give_a_name_or_none(start: bytes, rest: bytes) -> None:
    found = read_request(start + rest)

    assert found is None or 0 < len(found.name) <= 253
