"""Who may make the local farm run commands: whoever reaches its port, or only who knows a token.

Backburner has no authentication, and its clients cannot send a token. So ours protects what only our own programs do:
submitting jobs and registering servers. Reading the queue and changing it stays open to everybody, as in Backburner.
The token travels as it is, without encryption: it keeps other programs and users out, not who listens on the network.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from flatiron_tasks.contracts.errors import BadInputError, FarmRefusedError

_KEY: Final = "token"
_SHORTEST: Final = 16
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gate:
    """Lets documents in that hold the token; with an empty one, all."""

    token: str = field(default="", repr=False)

    def admit(self, document: Any) -> Any:
        """The document without its token. Raises FarmRefusedError if the token is missing or wrong."""
        given = document.get(_KEY, "") if isinstance(document, dict) else ""
        if self.token and not hmac.compare_digest(str(given).encode("utf-8", "replace"), self.token.encode()):
            raise FarmRefusedError("The token is missing or wrong")
        return {key: document[key] for key in document if key != _KEY} if isinstance(document, dict) else document


def with_token(document: Mapping[str, Any], token: str) -> dict[str, Any]:
    """The document as a gate with this token takes it."""
    return {**document, _KEY: token} if token else dict(document)


def read_token(file: Path | None) -> str:
    """The token in a file, blanks around it aside; empty for no file. Raises BadInputError."""
    if file is None:
        return ""
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"The token file {file} cannot be read", why=str(error)) from error
    if len(token) < _SHORTEST:
        raise BadInputError(
            f"The token in {file} has {len(token)} signs; at least {_SHORTEST} are needed",
            advice='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return token


def check_exposure(host: str, token: str, *, is_open: bool) -> None:
    """Raise BadInputError rather than let a whole network run commands here, unless somebody says that it may."""
    if token or _is_loopback(host):
        return
    if not is_open:
        raise BadInputError(
            f"The manager does not listen on {host or 'all addresses'} without a token",
            why="like Backburner, it has no authentication: whoever reaches its port could run commands on its servers",
            advice="Give --token-file to manager and servers, and -tokenFile to flatiron-cmdjob; or say --open if "
            "everybody on this network may run commands.",
        )
    _log.warning("OPEN FARM: EVERYBODY who reaches %s can run commands on the servers of this farm!", host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
