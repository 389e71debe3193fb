"""Whole conversations as strategies and as bytes, for both modes and both sides."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.backburner.dialogue import Reply
from flatiron_tasks.backburner.events import Mode

_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
_STATUS_REPLIES = st.builds(Reply, st.integers(100, 999).filter(lambda code: code != wire.DATA_CODE), _TEXT)
_BODIES = st.binary(max_size=300).filter(lambda body: body == b"" or body[-1:] != b"\0")
_DATA_REPLIES = st.builds(Reply, st.just(wire.DATA_CODE), st.just(""), _BODIES)
REPLIES = st.lists(_STATUS_REPLIES | _DATA_REPLIES, max_size=6)
CUTS = st.lists(st.integers(min_value=0), max_size=8)
MODES = st.sampled_from(Mode)
WORDS = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12), min_size=1, max_size=4
)


def opening(mode: Mode) -> bytes:
    """What a manager says first."""
    return wire.GREETING + assumptions.PROMPT if mode is Mode.CONSOLE else wire.LOGIN_REPLY


def spoken(reply: Reply, mode: Mode) -> bytes:
    """A reply as a manager in this mode sends it."""
    text = wire.status(reply.code, reply.text) if reply.body is None else wire.data(reply.body)
    return text + (assumptions.PROMPT if mode is Mode.CONSOLE else b"")


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    """`stream` cut anywhere."""
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[begin:end] for begin, end in itertools.pairwise(places) if begin < end]
