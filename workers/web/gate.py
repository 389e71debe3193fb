"""What every request passes first: which host it was sent to, who sent it; and the headers of every answer."""

from __future__ import annotations

import logging
import math
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flatiron_tasks.settings import Settings
from workers.cli.flower import is_loopback
from workers.web.auth import Account, Accounts
from workers.web.failed_logins import FailedLogins

log = logging.getLogger(__name__)
_OWN_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Gate:
    """ASGI middleware. Behind it the scope holds the account, for `account_of`."""

    def __init__(self, app: ASGIApp, accounts: Accounts, hosts: frozenset[str], open_path: str) -> None:
        """`hosts` are the names that are answered, all of them if it is empty; `open_path` needs no login."""
        self._app, self._accounts, self._hosts, self._open_path = app, accounts, hosts, open_path
        self._failed = FailedLogins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._hosts and _host_name(headers.get("host", "")) not in self._hosts:
            # DNS rebinding: a page from elsewhere that had its own name point to this machine.
            return PlainTextResponse("This address is not served here: see the setting `web.hosts`.\n", 421)
        if scope["path"] == self._open_path:
            scope["account"] = None
            return None
        return self._let_in(scope, headers.get("authorization", ""))

    def _let_in(self, scope: Scope, authorization: str) -> Response | None:
        """Note whose request it is, or refuse it. A browser's first request comes without a login and is no guess."""
        address = _address(scope)
        pause = self._failed.pause(address) if authorization and not self._accounts.is_open else 0.0
        if pause:
            return PlainTextResponse("Too many wrong logins; wait.\n", 429, {"Retry-After": str(math.ceil(pause))})
        account = self._accounts.whose(authorization)
        if account is not None:
            if authorization:
                self._failed.forget(address)
            scope["account"] = account
            return None
        if authorization:
            log.warning("a wrong login from %s, the %d. of late", address, self._failed.note(address))
        challenge = {"WWW-Authenticate": 'Basic realm="Flatiron", charset="UTF-8"'}
        return PlainTextResponse("User and password, please.\n", 401, challenge)


def account_of(scope: Scope) -> Account:
    """Who sent a request that the gate let in."""
    account: Account = scope["account"]
    return account


def answered_hosts(settings: Settings) -> frozenset[str]:
    """Host names that are answered; empty for all of them, where a login is asked for anyway."""
    web = settings.web
    return _OWN_NAMES | {web.address, *map(str.lower, web.hosts)} if is_loopback(web.address) else frozenset()


def _address(scope: Scope) -> str:
    """Whom a request comes from; without its port, which is another one each time."""
    client = scope.get("client")
    return str(client[0]) if client else "an unknown address"


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_on
