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
from http.client import HTTPException, HTTPMessage
from typing import IO, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.contracts.notice import Notice

SIGNATURE, TIMESTAMP, KEY = "X-Flatiron-Signature", "X-Flatiron-Timestamp", "Idempotency-Key"
"""Headers: `sha256=<hex>`; seconds since the epoch; `Notice.key`."""


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> NoReturn:
        raise HTTPError(req.full_url, code, "it redirects, which is not followed", headers, fp)


class Webhook:
    """A web address that takes notices."""

    name = "webhook"

    def __init__(
        self, url: str, *, secret: str = "", timeout: float = 10.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._url, self._secret, self._timeout, self._clock = url, secret, timeout, clock
        self._opener = urllib.request.build_opener(_NoRedirection())

    def send(self, notice: Notice) -> None:
        """Post. Raises TransportError unless the answer is 2xx."""
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
        try:
            with self._opener.open(request, timeout=self._timeout):
                pass
        except HTTPError as error:
            with error:
                raise self._not_taken(f"It answered {error.code} {error.reason}.") from None
        except (OSError, HTTPException, ValueError) as error:
            raise self._not_taken(f"{type(error).__name__}: {getattr(error, 'reason', '') or error}") from error

    def _not_taken(self, why: str) -> TransportError:
        """Names the host only: the address itself is often a secret."""
        host = urlsplit(self._url).hostname
        return TransportError(f"The webhook at {host} did not take the notice.", why=why, advice="Check the receiver.")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver compares with what it was sent, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
