"""What a log line is about: job, pass, attempt, task. Set where work starts, added to every line written meanwhile.

The threads of a merge write no lines of their own; a line from another thread says less, never something wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_about: ContextVar[Mapping[str, str]] = ContextVar("what log lines are about", default={})  # noqa: B039 - never changed


def begin(**facts: object) -> None:
    """Say what all lines are about from now on, and nothing of what was said before."""
    _about.set(_known(facts))


def end() -> None:
    """Say nothing any more."""
    _about.set({})


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Say what lines written in the block are about, besides what is said already."""
    token = _about.set({**_about.get(), **_known(facts)})
    try:
        yield
    finally:
        _about.reset(token)


def _known(facts: Mapping[str, object]) -> dict[str, str]:
    return {name: str(fact) for name, fact in facts.items() if fact not in (None, "")}


def current() -> Mapping[str, str]:
    """What a line written now is about."""
    return _about.get()
