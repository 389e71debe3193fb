"""Forms that only a page of ours can have sent: a cookie that other sites' requests lack, and a token made of it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FIELD = "token"
_COOKIE = "flatiron_form"
_SEED = re.compile(r"[A-Za-z0-9_-]{43}")


class FormTokens:
    """Makes and checks the tokens of one server. After a restart pages that are open must be loaded again."""

    def __init__(self, path: str) -> None:
        """`path` is where the pages begin; the cookie goes nowhere else."""
        self._secret = secrets.token_bytes(32)
        self._path = path

    def seed(self, request: Request) -> str:
        """What this browser's cookie holds, or a new one."""
        kept = request.cookies.get(_COOKIE, "")
        return kept if _SEED.fullmatch(kept) else secrets.token_urlsafe(32)

    def token(self, seed: str) -> str:
        """The token that belongs to a cookie; nobody makes one without the secret."""
        return hmac.new(self._secret, seed.encode(), hashlib.sha256).hexdigest()

    def keep(self, request: Request, response: Response, seed: str) -> None:
        """Give the browser its cookie. `lax`: a link in an e-mail may lead here, a form elsewhere may not."""
        if request.cookies.get(_COOKIE) != seed:
            secure = request.url.scheme == "https"
            response.set_cookie(_COOKIE, seed, path=self._path, secure=secure, httponly=True, samesite="lax")

    def check(self, request: Request, form: Mapping[str, str]) -> None:
        """Refuse a form that does not come from a page of this server. Raises HTTPException."""
        seed, given = request.cookies.get(_COOKIE, ""), form.get(FIELD, "")
        is_ours = bool(seed) and hmac.compare_digest(self.token(seed).encode(), given.encode("utf-8", "replace"))
        if not is_ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "This form is not from this page, or older than its server. Load the page again.")
