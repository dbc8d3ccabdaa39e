"""Fetching: one file over HTTPS, with nothing secret in any message."""

import base64
import http.client
import ipaddress
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, BinaryIO

from strandwatch.errors import JurisdictionError

_CHUNK = 1 << 18
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Secret:
    """A key or token that shows itself nowhere."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What to fetch. The query may hold a secret and is never shown."""

    url: str
    query: Mapping[str, Secret | str] = field(default_factory=dict)
    account: str | None = None
    key: Secret | None = None
    unless_newer_than: str | None = None
    """The Last-Modified of what is there already."""
    limit_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Fetched:
    """The server's answer: None for a file that has not changed."""

    last_modified: str | None
    size_bytes: int | None


class NotThereError(JurisdictionError):
    """The server knows no such file (404)."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects as `urllib` does, but only to where a secret is as safe as before."""

    max_redirections = 5

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse a step from HTTPS to anything else; headers with a key stay behind."""
        try:
            _check_scheme(newurl)
        except JurisdictionError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def download(what: Download, output: BinaryIO) -> Fetched | None:
    """Fetch into an open file; None when the server says that nothing has changed.

    Raises NotThereError for 404 and JurisdictionError for everything else that goes wrong,
    a body that ends too early included.
    """
    _check_scheme(what.url)
    request = _request(what)
    try:
        with _opener(what.url).open(request, timeout=_TIMEOUT_SECONDS) as reply:
            return _take(what, reply, output)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.client.NOT_MODIFIED:
                return None
            raise _refusal(what, error) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The message of the library may hold the address with its query, so only its kind is told.
        raise JurisdictionError(f"{what.url}: {_words(error)}") from None


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    told = reason if isinstance(reason, OSError) else error
    if isinstance(told, TimeoutError):
        return "no answer in time"
    if isinstance(told, OSError) and told.strerror:
        return told.strerror
    return type(told).__name__


def _request(what: Download) -> urllib.request.Request:
    query = {
        name: value.value if isinstance(value, Secret) else value
        for name, value in what.query.items()
    }
    url = what.url + ("?" + urllib.parse.urlencode(query) if query else "")
    request = urllib.request.Request(url)  # noqa: S310 - the scheme has been checked
    request.add_header("User-Agent", "strandwatch")
    if what.unless_newer_than is not None:
        request.add_header("If-Modified-Since", what.unless_newer_than)
    if what.account is not None and what.key is not None:
        pair = f"{what.account}:{what.key.value}".encode()
        basic = base64.b64encode(pair).decode("ascii")
        # Unredirected: a signed address on another host must not get the key.
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    return request


def _opener(url: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [
        _Redirects(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
    ]
    if _is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _take(what: Download, reply: http.client.HTTPResponse, output: BinaryIO) -> Fetched:
    expected = reply.headers.get("Content-Length")
    size = 0
    while chunk := reply.read(_CHUNK):
        size += len(chunk)
        if size > what.limit_bytes:
            raise JurisdictionError(f"{what.url}: more than {what.limit_bytes} bytes")
        output.write(chunk)
    if expected is not None and expected.isdecimal() and size != int(expected):
        raise JurisdictionError(f"{what.url}: only {size} of {expected} bytes arrived")
    if size == 0:
        raise JurisdictionError(f"{what.url}: the answer is empty")
    return Fetched(reply.headers.get("Last-Modified"), size)


def _refusal(what: Download, error: urllib.error.HTTPError) -> JurisdictionError:
    if error.code == http.client.NOT_FOUND:
        return NotThereError(f"{what.url}: there is no such file (404)")
    if error.code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        return JurisdictionError(f"{what.url}: the account or the key was refused ({error.code})")
    if error.code == http.client.TOO_MANY_REQUESTS:
        wait = error.headers.get("Retry-After", "")
        hint = f", try again after {wait} seconds" if wait.isdecimal() else ""
        return JurisdictionError(f"{what.url}: too many downloads today (429){hint}")
    return JurisdictionError(f"{what.url}: the server answered {error.code}")


def _check_scheme(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(url)):
        return
    shown = f"{parts.scheme}://{parts.hostname or ''}"
    raise JurisdictionError(f"{shown}: only https is used for address databases")


def _is_loopback(url: str) -> bool:
    try:
        return ipaddress.ip_address(urllib.parse.urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
