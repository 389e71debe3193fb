"""Tell a web service: one POST of JSON, signed, with a key by which the receiver knows a repetition.

The signature is the HMAC-SHA256 of `<timestamp>.<body>`; a receiver compares it and refuses old timestamps, so that
nobody can make up a notice or play an old one again. Redirections are not followed: they would carry it elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from typing import IO, Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notify.time_limit import SEND_S, TimeLimit, time_limit

SIGNATURE, TIMESTAMP, KEY = "X-Flatiron-Signature", "X-Flatiron-Timestamp", "Idempotency-Key"
"""Headers: `sha256=<hex>`; seconds since the epoch; `Notice.key`."""


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> NoReturn:
        raise HTTPError(req.full_url, code, "it redirects, which is not followed", headers, fp)


class _LimitedHttp(HTTPConnection):
    limit: TimeLimit

    def connect(self) -> None:
        super().connect()
        self.limit.watch(self.sock)


class _LimitedHttps(HTTPSConnection, _LimitedHttp):
    """`HTTPSConnection` connects by the class above, and speaks TLS over what that has made: the limit bounds both."""


class _Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    def __init__(self, limit: TimeLimit) -> None:
        super().__init__()
        self._limit = limit

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(self._limited, _LimitedHttp), req)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(self._limited, _LimitedHttps), req)

    def _limited(self, kind: type[_LimitedHttp], host: str, **options: Any) -> HTTPConnection:
        connection = kind(host, **options)
        connection.limit = self._limit
        return connection


class Webhook:
    """A web address that takes notices."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        *,
        secret: str = "",
        timeout: float = 10.0,
        limit_s: float = SEND_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`timeout` is for connecting and for each read, `limit_s` for the whole of it; both in seconds."""
        self._url, self._secret, self._timeout, self._limit_s, self._clock = url, secret, timeout, limit_s, clock

    def send(self, notice: Notice) -> None:
        """Post. Raises TransportError unless the answer is 2xx, and in time."""
        body, at = notice.to_json().encode(), str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"flatiron/{__version__}",
            KEY: notice.key,
            TIMESTAMP: at,
        }
        if self._secret:
            headers[SIGNATURE] = f"sha256={signature(self._secret, at, body)}"
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 - http(s) by the settings
        with time_limit(self._limit_s) as limit:
            self._post(request, limit)

    def _post(self, request: urllib.request.Request, limit: TimeLimit) -> None:
        opener = urllib.request.build_opener(_NoRedirection(), _Handler(limit))
        try:
            with opener.open(request, timeout=self._timeout):
                limit.check()  # a head that was cut off looks like a whole one
        except HTTPError as error:
            with error:
                raise self._not_taken(f"It answered {error.code} {error.reason}.") from None
        except (OSError, HTTPException, ValueError) as error:
            if limit.is_over:
                raise self._not_taken(limit.sentence) from None
            raise self._not_taken(f"{type(error).__name__}: {getattr(error, 'reason', '') or error}") from error

    def _not_taken(self, why: str) -> TransportError:
        """Names the host only: the address itself is often a secret."""
        host = urlsplit(self._url).hostname
        return TransportError(f"The webhook at {host} did not take the notice.", why=why, advice="Check the receiver.")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver compares with what it was sent, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
