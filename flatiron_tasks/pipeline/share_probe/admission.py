"""Which servers a job is handed to, from what is known of them: a pure function.

A server that does not see the right folder gets no job. One that is silent gets none either, as long as enough others
answer. One that is busy is not waited for: it joins the job when it has answered. If nobody answers at all the job
waits, for a while; then it is handed over unprobed, because a night in which nothing renders is lost for certain, and
receipts keep wrong pieces out of every texture in any case.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flatiron_tasks.pipeline.share_probe.health import UNDECIDED, NodeHealth, NodeVerdict

_SHOWN_SERVERS = 5


@dataclass(frozen=True)
class Standing:
    """How one server that takes part stands: its health, if that is known and believed."""

    server: str
    health: NodeHealth | None = None


@dataclass(frozen=True)
class Bounds:
    """See the settings `share_probe_minimum` and `share_probe_patience_minutes`."""

    minimum: int
    patience_s: float


@dataclass(frozen=True)
class Wait:
    """Not yet; `sentence` says what for."""

    sentence: str


@dataclass(frozen=True)
class Refuse:
    """Too few servers are good, and no more will be by themselves."""

    what: str
    why: str


@dataclass(frozen=True)
class Go:
    """Hand the job over to these servers; none = to all. `note` is what people must know."""

    servers: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class FarmServers:
    """Who works on a farm job: only the servers that it names, or everybody but those that were taken off it."""

    named: bool
    servers: tuple[str, ...]

    def to_json(self) -> str:
        """As it stands in the job's record."""
        return json.dumps({"named": self.named, "servers": self.servers}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> FarmServers:
        """Read `to_json` back."""
        fields = json.loads(text)
        return cls(fields["named"], tuple(fields["servers"]))


def decide(standings: Sequence[Standing], bounds: Bounds, *, waited_s: float) -> Wait | Refuse | Go:
    """What becomes of a job that has waited for so long."""
    known = [item.health for item in standings if item.health is not None]
    good = [health for health in known if health.is_ok]
    silent, busy = (_with(known, verdict) for verdict in UNDECIDED)
    bad = [health for health in known if not health.is_ok and health.verdict not in UNDECIDED]
    if len(known) < len(standings):
        answered = len(good) + len(bad)
        return Wait(f"The share probe waits for answers: {answered} of {len(standings)} servers have answered.")
    if len(good) >= bounds.minimum:
        return Go(_names(good), _left_out(bad + silent))
    if busy:
        return Wait("The servers that may bake this job are busy; it is handed over when they answer the share probe.")
    if waited_s < bounds.patience_s and (silent or not standings):
        return Wait(_nobody(silent, bounds))
    if not standings or len(good) + len(silent) >= bounds.minimum:
        return Go(_names(good + silent), f"{_UNPROBED} {_left_out(bad)}".rstrip())
    return Refuse(
        f"{len(good)} of its {len(standings)} servers may bake, and {bounds.minimum} must (`share_probe_minimum`).",
        _sentences(bad + silent),
    )


_UNPROBED = "Too few servers have answered the share probe: nobody knows whether the others see the right folder."


def _with(healths: Sequence[NodeHealth], verdict: NodeVerdict) -> list[NodeHealth]:
    return [health for health in healths if health.verdict is verdict]


def _names(healths: Sequence[NodeHealth]) -> tuple[str, ...]:
    return tuple(health.server for health in healths)


def _left_out(healths: Sequence[NodeHealth]) -> str:
    if not healths:
        return ""
    servers = "1 server is" if len(healths) == 1 else f"{len(healths)} servers are"
    return f"{servers} left out: {_sentences(healths)}"


def _nobody(silent: Sequence[NodeHealth], bounds: Bounds) -> str:
    who = _sentences(silent) if silent else "No server of the farm is there."
    return f"{who} The job is handed over without an answer after {bounds.patience_s / 60:g} min."


def _sentences(healths: Sequence[NodeHealth]) -> str:
    shown = " ".join(health.sentence for health in healths[:_SHOWN_SERVERS])
    more = len(healths) - _SHOWN_SERVERS
    return f"{shown} And {more} more." if more > 0 else shown
