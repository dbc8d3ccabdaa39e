import io
from collections.abc import Callable, Iterator

import pytest

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.fetch import Download, Fetched, NotThereError, Secret, download
from support.web import Answer, Seen, WebServer

KEY = Secret("s3cr3t-key")
Serve = Callable[[Callable[[Seen], Answer]], WebServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[WebServer] = []

    def start(answer: Callable[[Seen], Answer]) -> WebServer:
        servers.append(WebServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _fetch(server: WebServer, **more: object) -> tuple[Fetched | None, bytes]:
    output = io.BytesIO()
    what = Download(url=f"{server.url}/data", account="42", key=KEY, **more)  # type: ignore[arg-type]
    return download(what, output), output.getvalue()


def test_a_file_arrives_with_its_date(serve: Serve) -> None:
    date = "Mon, 26 Oct 2026 00:00:00 GMT"
    server = serve(lambda _: Answer(body=b"content", headers={"Last-Modified": date}))

    fetched, content = _fetch(server)

    assert content == b"content"
    assert fetched == Fetched(date, 7)
    assert server.seen[0].headers["Authorization"] == "Basic NDI6czNjcjN0LWtleQ=="


def test_an_unchanged_file_is_not_fetched(serve: Serve) -> None:
    server = serve(lambda _: Answer(status=304))

    fetched, content = _fetch(server, unless_newer_than="Mon, 26 Oct 2026 00:00:00 GMT")

    assert (fetched, content) == (None, b"")
    assert server.seen[0].headers["If-Modified-Since"] == "Mon, 26 Oct 2026 00:00:00 GMT"


def test_the_key_does_not_follow_a_redirect(serve: Serve) -> None:
    storage = serve(lambda _: Answer(body=b"content"))
    server = serve(
        lambda _: Answer(status=302, headers={"Location": f"{storage.url}/signed?sig=abc"})
    )

    _, content = _fetch(server)

    assert content == b"content"
    assert "Authorization" in server.seen[0].headers
    assert "Authorization" not in storage.seen[0].headers


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(status=401), "the account or the key was refused"),
        (Answer(status=403), "the account or the key was refused"),
        (Answer(status=404), "no such file"),
        (Answer(status=429, headers={"Retry-After": "60"}), "try again after 60 seconds"),
        (Answer(status=429, headers={"Retry-After": "\x1b[2J"}), r"\(429\)$"),
        (Answer(status=500), "answered 500"),
        (Answer(status=302, headers={"Location": "http://192.0.2.1/x"}), "only https"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "answered 302"),
        (Answer(status=302, headers={"Location": "/data"}), "answered 302"),
        (Answer(body=b""), "is empty"),
        (Answer(body=b"half", announced_length=8), "4 of 8|IncompleteRead"),
    ],
)
def test_what_goes_wrong_is_one_message_without_secrets(
    serve: Serve, answer: Answer, message: str
) -> None:
    server = serve(lambda _: answer)

    with pytest.raises(JurisdictionError, match=message) as caught:
        _fetch(server, query={"token": Secret("t0ken")})

    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "t0ken" not in told
    assert "s3cr3t" not in told
    assert "\n" not in str(caught.value)


def test_a_missing_file_can_be_told_from_other_failures(serve: Serve) -> None:
    server = serve(lambda _: Answer(status=404))

    with pytest.raises(NotThereError):
        _fetch(server)


def test_a_body_without_end_is_cut_off(serve: Serve) -> None:
    server = serve(lambda _: Answer(body=bytes(1 << 20)))

    with pytest.raises(JurisdictionError, match="more than 1000 bytes"):
        _fetch(server, limit_bytes=1000)


def test_nobody_there_is_one_message(serve: Serve) -> None:
    server = serve(lambda _: Answer())
    server.close()

    with pytest.raises(JurisdictionError, match="Connection refused"):
        _fetch(server)


@pytest.mark.parametrize("url", ["http://192.0.2.1/x", "ftp://192.0.2.1/x", "file:///etc/passwd"])
def test_only_https_leaves_the_machine(url: str) -> None:
    with pytest.raises(JurisdictionError, match="only https"):
        download(Download(url=url), io.BytesIO())


def test_a_secret_shows_itself_nowhere() -> None:
    assert "s3cr3t" not in f"{KEY} {KEY!r} {Download(url='https://x', key=KEY)!r}"
