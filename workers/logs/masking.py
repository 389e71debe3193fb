"""Secrets in log lines become `***`: passwords in addresses, and every secret that the settings hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from flatiron_tasks.settings import Settings

MASK = "***"
_IN_ADDRESS = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*):[^\s/@]+@")
_SHORTEST = 6
"""Shorter secrets are words that stand in other lines too, and no secrets worth the name."""


def masker(settings: Settings) -> Callable[[str], str]:
    """What hides the secrets of these settings, and passwords in any address."""
    found = sorted({item for item in _secrets(settings) if len(item) >= _SHORTEST}, key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, found))) if found else None

    def mask(text: str) -> str:
        hidden = known.sub(MASK, text) if known else text
        return _IN_ADDRESS.sub(rf"\1:{MASK}@", hidden)

    return mask


def _secrets(settings: Settings) -> Iterator[str]:
    password = urlsplit(settings.redis_url).password
    if password:
        yield from (password, unquote(password))
    for text in _secret_texts(settings):
        yield text
        yield text.partition(":")[2]  # of a login, the password alone


def _secret_texts(model: BaseModel) -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secret_texts(value)
