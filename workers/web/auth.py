"""Who may look at the page and who may act, by HTTP basic authentication as in Flower. Knows accounts, no requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import Settings
from workers.cli.flower import is_loopback

SHORTEST_PASSWORD = 12
"""Where others reach the page: it can be guessed at without end, if slowly."""


@dataclass(frozen=True)
class Account:
    """A person, or several who share a login. Whoever may not act sees everything but the buttons."""

    name: str
    may_act: bool


EVERYBODY_HERE = Account("somebody at this machine", may_act=True)
"""Without any login: the page is on loopback then, where whoever reaches it could run the commands as well."""


class Accounts:
    """All logins of one page."""

    def __init__(self, logins: Sequence[tuple[SecretStr, bool]]) -> None:
        """`logins` are user:password and whether it may act."""
        self._by_hash = [
            (_hash(login.get_secret_value()), Account(login.get_secret_value().partition(":")[0], may_act))
            for login, may_act in logins
        ]

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked."""
        return not self._by_hash

    def whose(self, authorization: str) -> Account | None:
        """The account behind an Authorization header, in the same time for every wrong one; None if it is nobody's."""
        if self.is_open:
            return EVERYBODY_HERE
        given = _hash(_credentials(authorization))
        found = [account for known, account in self._by_hash if hmac.compare_digest(known, given)]
        return found[0] if found else None


def accounts_of(settings: Settings) -> Accounts:
    """The logins of an installation: the page's own, else Flower's with Flower's rights.

    Raises SettingsError for a page that everybody could open, or soon could.
    """
    web, flower = settings.web, settings.flower
    pairs = [(web.basic_auth, True), (web.read_only_auth, False)]
    if not (web.basic_auth or web.read_only_auth):
        pairs = [(flower.basic_auth, not flower.read_only)]
    logins = [(login, may_act) for login, may_act in pairs if login is not None]
    if web.hosts or not is_loopback(web.address):
        _refuse_what_strangers_could_open(settings, [login for login, _ in logins])
    return Accounts(logins)


def _refuse_what_strangers_could_open(settings: Settings, logins: Sequence[SecretStr]) -> None:
    web = settings.web
    if not logins:
        raise SettingsError(
            f"The page would be shown at {', '.join(web.hosts) or web.address or 'every address'} without a password.",
            why="Everybody who reaches it could read all jobs and cancel them.",
            advice="Set FLATIRON_WEB__BASIC_AUTH=user:password, or listen on 127.0.0.1 without `hosts`.",
        )
    for login in logins:
        user, _, password = login.get_secret_value().partition(":")
        if len(password) < SHORTEST_PASSWORD:
            raise SettingsError(
                f"The password of {user} for the page of jobs is too short.",
                why="Others reach the page, and may guess at it day and night.",
                advice=f"Give it {SHORTEST_PASSWORD} characters or more, or listen on 127.0.0.1 without `hosts`.",
            )


def _credentials(authorization: str) -> str:
    """What a header of the basic scheme says; a text that no login has for any other (a login has a colon)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _hash(text: str) -> bytes:
    """Of equal length for every text, so that a comparison tells nothing about the length either."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
