"""The ACL file of Redis for the accounts of a studio. It holds hashes of passwords, never the passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.settings import RESERVED_ACCOUNTS
from workers.redis_accounts.rights import SERVICES, Account, artist

_SHORTEST = 16
_NOBODY = "user default reset ~* &* +@all"
"""Off and without a password, so nobody can be it; but Redis 7.0 reads its append-only file with these rights, and
without them loses every transaction and script when it starts anew.
"""

_HEAD = (
    "# Accounts of Redis for Flatiron Network Rendering; `flatiron redis-users` writes this file.",
    "# An account is known by the hash of its password. Who knows no password may do nothing:",
    _NOBODY,
)


def accounts(artists: Iterable[str]) -> tuple[Account, ...]:
    """All accounts of a studio with these artists. Raises BadInputError for an artist with the name of another account.

    Redis refuses a file with two accounts of one name, and a service would have an artist's rights.
    """
    found = {account.name: account for account in map(artist, artists)}
    for name in sorted(RESERVED_ACCOUNTS & set(found)):
        raise BadInputError(
            f"No artist can have the account {name}.",
            why="It is the name of an account that is no artist's.",
            advice="Give the artist another account name, in the settings (`artists`) and at the workstation.",
        )
    return (*SERVICES, *found.values())


def new_passwords(wanted: Iterable[Account], known: Mapping[str, str]) -> dict[str, str]:
    """A password for every account: the one that is known, or a new one of 256 random bits.

    Raises BadInputError for a known one that is too short to withstand guessing.
    """
    passwords = {account.name: known.get(account.name) or secrets.token_urlsafe(32) for account in wanted}
    for name, password in passwords.items():
        if len(password) < _SHORTEST:
            raise BadInputError(
                f"The password of the account {name} is too short.",
                why="Redis tests thousands of guesses in a second, for everybody who reaches its port.",
                advice=f"Give it {_SHORTEST} characters or more, or leave it out and let one be made.",
            )
    return passwords


def acl_file(wanted: Iterable[Account], passwords: Mapping[str, str], *, before_7_2: bool = False) -> str:
    """The text of the file; Redis refuses comments, so they stand in the template only."""
    lines = [_HEAD[-1]]
    for account in wanted:
        digest = hashlib.sha256(passwords[account.name].encode()).hexdigest()
        lines.append(f"user {account.name} reset on #{digest} {account.rules(before_7_2=before_7_2)}")
    return "\n".join(lines) + "\n"


def template() -> str:
    """deploy/redis/users.acl.template: the same for people to read, with one artist called ARTIST and no password."""
    lines = list(_HEAD)
    for account in accounts(["ARTIST"]):
        name = "ARTIST" if account.name == "artist" else account.name
        rules = account.rules().replace("artist", "ARTIST")
        lines += ["", f"# {account.purpose}", f"user {name} reset on #SHA256-OF-PASSWORD {rules}"]
    return "\n".join(lines) + "\n"
