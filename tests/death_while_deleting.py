"""A process that dies right before its n-th deletion."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


@contextmanager
def dies_before_deletion(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Run a block until its n-th deletion, counted from 0. The list holds one entry if it came so far."""
    died: list[bool] = []
    left = number

    def deadly(real: Callable[..., None]) -> Callable[..., None]:
        def delete(*arguments: object, **keywords: object) -> None:
            nonlocal left
            if left == 0:
                died.append(True)
                raise Killed
            left -= 1
            real(*arguments, **keywords)

        return delete

    with monkeypatch.context() as patch:
        for name in ("unlink", "rmdir"):
            patch.setattr(os, name, deadly(getattr(os, name)))
        with suppress(Killed):
            yield died
