"""What the evidence says about one server: a pure function.

Only an answer on the share proves that a server is good. What a bad one cannot write there is told by the farm: each
task of its probe proves one thing more than the one before, so the number of tasks that succeeded says where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.errors import sentences
from flatiron_tasks.contracts.identity import read_time
from flatiron_tasks.contracts.share_probe import ShareAnswer
from flatiron_tasks.pipeline.share_probe.health import TASKS, NodeHealth, NodeVerdict, Probe

BUSY_AFTER_S = 5.0
"""A free server takes its probe within moments; before, one that seems busy may only be busy with the probe."""

_SHOWN = 200
_MIB = 1 << 20


@dataclass(frozen=True)
class Evidence:
    """What is there about one server. `now` and `asked_at`, when the farm was asked about it, are of the probe's clock.

    `tasks_done` and `failed` are what the farm says of its probe, `is_busy` that it works on something else, `refusal`
    why it could not be asked; `messages` are what it said about its failures.
    """

    now: float
    answer: ShareAnswer | None = None
    tasks_done: int = 0
    failed: bool = False
    is_busy: bool = False
    refusal: str = ""
    messages: tuple[str, ...] = ()
    asked_at: float = 0.0


@dataclass(frozen=True)
class Limits:
    """Bounds, see the settings `share_probe_…`."""

    timeout_s: float
    free_bytes: int
    clock_s: float


def judge(probe: Probe, server: str, seen: Evidence, limits: Limits) -> NodeHealth | None:
    """The health of a server; None while nothing can be said yet."""
    if seen.answer is not None:
        return _answered(probe, server, seen.answer, seen.now, limits)
    verdict = _unanswered(probe, seen, limits)
    if verdict is None:
        return None
    sentence = _SENTENCES[verdict].format(server=server, folder=probe.network_folder, seconds=f"{limits.timeout_s:g}")
    words = seen.refusal or (seen.messages[-1] if seen.messages else "")
    if words:
        sentence = sentences(sentence, f"The farm says: {_shown(words)}")
    return NodeHealth(probe.manager, probe.network_folder, server, verdict, sentence, seen.now, nonce=probe.nonce)


_SENTENCES = {
    NodeVerdict.NO_PYTHON: "{server} cannot start Python for the node program: check `node_python` on it.",
    NodeVerdict.OTHER_FOLDER: "{server} sees another folder, or none, where the workers see {folder}: check its mounts,"
    " drive letters and the account of its render service.",
    NodeVerdict.READ_ONLY: "{server} sees {folder} and cannot write to it: check the rights of its account, and whether"
    " the share is read-only or full.",
    NodeVerdict.SILENT: "{server} has not answered the share probe within {seconds} s; it joins when it does.",
    NodeVerdict.BUSY: "{server} works on another job; it joins when it is free and has answered the share probe.",
}


def _unanswered(probe: Probe, seen: Evidence, limits: Limits) -> NodeVerdict | None:
    waited = seen.now - max(seen.asked_at, probe.asked_at)
    is_late = waited >= limits.timeout_s
    if seen.tasks_done >= len(TASKS):  # it wrote an answer that does not reach us: a copy of the folder
        return NodeVerdict.OTHER_FOLDER if is_late else None
    if seen.failed:
        return (NodeVerdict.NO_PYTHON, NodeVerdict.OTHER_FOLDER, NodeVerdict.READ_ONLY)[seen.tasks_done]
    if seen.is_busy:
        return NodeVerdict.BUSY if waited >= BUSY_AFTER_S else None
    return NodeVerdict.SILENT if seen.refusal or is_late else None


def _answered(probe: Probe, server: str, answer: ShareAnswer, now: float, limits: Limits) -> NodeHealth:
    clock_off = _clock_off(probe, answer, now)
    verdict, sentence = NodeVerdict.OK, f"{server} sees {probe.network_folder}"
    if clock_off > limits.clock_s:
        verdict = NodeVerdict.CLOCK_OFF
        sentence = f"The clock of {server} is wrong by {clock_off:.0f} s or more: set it by the network's time server"
    elif answer.free_bytes < limits.free_bytes:
        verdict = NodeVerdict.FULL
        free, wanted = answer.free_bytes // _MIB, limits.free_bytes // _MIB
        sentence = f"{server} may write only {free} MiB more to {probe.network_folder}, and {wanted} are wanted"
    return NodeHealth(
        manager=probe.manager,
        network_folder=probe.network_folder,
        server=server,
        verdict=verdict,
        sentence=f"{sentence} (on {answer.host} it is {_shown(answer.target)}).",
        at=now,
        host=answer.host,
        user=answer.user,
        target=answer.target,
        free_bytes=answer.free_bytes,
        clock_off_s=clock_off,
        rename_ms=answer.rename_ms,
        nonce=probe.nonce,
    )


def _shown(text: str) -> str:
    """What another machine says, as one short line in which nothing moves a terminal's cursor."""
    line = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * _SHOWN])
    line = " ".join(line.split())
    return line if len(line) <= _SHOWN and len(text) <= 4 * _SHOWN else f"{line[: _SHOWN - 2]} …"


def _clock_off(probe: Probe, answer: ShareAnswer, now: float) -> float:
    """How wrong the clock is at least, in seconds: it answered after it was asked and before it was read."""
    clock = read_time(answer.clock).timestamp()
    return max(probe.asked_at - clock, clock - now, 0.0)
