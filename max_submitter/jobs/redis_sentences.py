"""What to say to an artist when Redis does not answer: the cause, and the next step. Never shows a password.

The panel's test, preflight and the list of jobs say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

_CAUSES: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (
        ("sslerror", "sslcert", "certificate"),
        "Redis at {where} and this machine do not agree on encryption. Write rediss:// or redis:// as it wants it.",
    ),
    (
        ("wrongpass", "noauth", "authenticationerror", "invalid password"),
        "Redis at {where} refuses user or password. Correct them in its address.",
    ),
    (
        ("outofmemory", "maxmemory"),
        "Redis at {where} is full. Nothing is lost: tell the TD to make room in it; the panel tries again by itself.",
    ),
    (("noperm", "nopermission"), "Redis at {where} does not let this account in. Ask the administrator."),
    (
        ("gaierror", "name or service", "getaddrinfo", "nodename"),
        "Nobody knows the host of Redis, {where}. Check how it is spelt.",
    ),
    (("refused",), "Nothing listens at {where}. Start Redis there, or correct host and port."),
    (
        ("timeouterror", "timed out", "timeout"),
        "Redis at {where} does not answer in time. Check that no firewall is in between, and that Redis listens there.",
    ),
    (
        ("connection closed", "reset by peer", "protocol error", "invalidresponse"),
        "What listens at {where} does not speak as Redis does. Check the port, and whether it wants rediss://.",
    ),
    (("valueerror",), "The address of Redis is none. Write it as redis://host:6379/0."),
)
"""Words in an error, in its class or in what caused it -> what to say."""
_NO_ENCRYPTION: Final = " Or it has no encryption there, and waits for more: then write redis://."


def redis_sentence(error: BaseException, url: str) -> str:
    """What is wrong and the next step. The cause is in the text or in the chain: redis-py has one class for most."""
    where = _where(url)
    known = " ".join(f"{type(item).__name__} {item}".lower() for item in _chain(error))
    for words, sentence in _CAUSES:
        if any(word in known for word in words):
            hint = _NO_ENCRYPTION if "timeout" in words and url.startswith("rediss") else ""
            return sentence.format(where=where) + hint
    return f"Redis at {where} cannot be reached: {error}. Check its address."


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _where(url: str) -> str:
    """Host and port without user and password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "its address"
    return f"{host or '?'}:{port or 6379}"
