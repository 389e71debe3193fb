"""Numbers on a command line: passes (`3`, `4-6`) and frames (`1-24`, `-5--1`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import typer

_PASSES = re.compile(r"(\d+)(?:-(\d+))?")
_FRAMES = re.compile(r"(-?\d+)(?:-(-?\d+))?")


def passes(texts: Iterable[str]) -> tuple[int, ...]:
    """Pass numbers without repetition, in order. Raises typer.BadParameter."""
    numbers: set[int] = set()
    for text in texts:
        first, last = _range(_PASSES, text, "a pass (3) or a range of passes (4-6)")
        numbers.update(range(first, last + 1))
    return tuple(sorted(numbers))


def frames(text: str) -> tuple[int, int, bool]:
    """First frame, last frame, and whether it is a range, whose textures carry the frame number.

    `5` is no range, `5-5` is one. Raises typer.BadParameter.
    """
    first, last = _range(_FRAMES, text, "a frame (5) or a range of frames (1-24)")
    return first, last, bool(re.search(r"\d-", text))


def _range(pattern: re.Pattern[str], text: str, wanted: str) -> tuple[int, int]:
    match = pattern.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not {wanted}.")
    first = int(match[1])
    last = int(match[2]) if match[2] is not None else first
    if last < first:
        raise typer.BadParameter(f"{text!r} ends before it begins.")
    return first, last
