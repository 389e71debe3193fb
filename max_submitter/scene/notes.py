"""Texts that the scene file keeps: user properties of the root node (MAX-11).

3ds Max reads a user property as whatever it looks like, a number, a truth value or text, one line each. So a note is
stored as a mark and base64, which looks like nothing else and has no signs with a meaning.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from max_submitter.scene.access import MaxAccess

_MARK: Final = "flatiron-note-"


def read_note(max_: MaxAccess, key: str) -> str:
    """The text under a key; empty if there is none, or one that is not ours."""
    return _decoded(max_.rt.getUserProp(max_.rt.rootNode, _property(key)))


def write_note(max_: MaxAccess, key: str, text: str) -> None:
    """Keep a text. Only another text touches the scene and lets it count as modified."""
    if read_note(max_, key) == text:
        return
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    max_.rt.setUserProp(max_.rt.rootNode, _property(key), _MARK + encoded)
    max_.rt.setSaveRequired(True)


def _property(key: str) -> str:
    return f"Flatiron_{key}"


def _decoded(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(_MARK):
        return ""
    encoded = value[len(_MARK) :]
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
