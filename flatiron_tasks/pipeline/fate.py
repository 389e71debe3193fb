"""What the farm's word, the nodes' words and the time mean for passes that still have no pieces. Pure.

The farm's word never makes a piece good and never makes one bad: it only tells whether waiting still makes sense, and
what might help. Receipts alone say what is there; `Evidence.missing` is what they do not say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flatiron_tasks.contracts.errors import sentences
from flatiron_tasks.pipeline.evidence import Evidence, MissingPass, every_server_failed, is_early
from flatiron_tasks.pipeline.failure_table import UNKNOWN, FailureClass
from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.node_failures import Failure

LONGEST_PAUSE_S = 900.0
"""Between two attempts to get over trouble that a person must end."""
MOST_REPAIRS = 100
"""Of such trouble, about a day: then the job ends and says what the person must do."""

MOST_RESUBMISSIONS = 2
"""Of a job that its farm has lost with its queue: a farm that does so again and again needs a person."""

_NO_WORD = "No node has left a reason in the job folder: `flatiron doctor` tells whether the share can be written."
"""A share that is read-only keeps the nodes from saying so."""


class Fate(StrEnum):
    """What is becoming of a job on the farm."""

    RUNNING = "running"
    QUEUED = "queued"
    NEVER_ASSIGNED = "never assigned"
    SUSPENDED = "suspended"
    STUCK = "stuck"
    SETTLING = "settling"
    COMPLETE = "complete"
    VANISHED_BUT_COMPLETE = "vanished but complete"
    COMPLETE_WITHOUT_FILES = "complete without files"
    QUEUE_LOST = "queue lost"
    VANISHED = "vanished"
    FAILED = "failed"


class Repair(StrEnum):
    """What the pipeline itself can do about it."""

    NONE = ""
    ADD_SERVERS = "put the failed servers on the job again"
    FOLLOW_UP = "submit what is still missing as a new farm job in the place of this one"
    RESUBMIT = "submit what is still missing again, because the farm has lost this one"
    WITHDRAW = "take the job off the farm"


@dataclass(frozen=True)
class Verdict:
    """`reason` and `advice` are for people. `lost` tells for each pass that will get no pieces why."""

    fate: Fate
    reason: str = ""
    advice: str = ""
    lost: Mapping[int, str] = field(default_factory=dict)
    repair: Repair = Repair.NONE

    @property
    def note(self) -> str:
        """Both as sentences."""
        return sentences(self.reason, self.advice)


def judge(evidence: Evidence) -> Verdict:
    """The verdict: the first rule that has one."""
    found = (rule(evidence) for rule in _RULES)
    return next(verdict for verdict in found if verdict is not None)


def _nothing_missing(evidence: Evidence) -> Verdict | None:
    """Receipts decide, whatever the farm says, and before it says so. Nodes may still try passes that were given up."""
    if evidence.missing:
        return None
    repair = Repair.WITHDRAW if evidence.abandoned and not evidence.is_over else Repair.NONE
    return Verdict(Fate.VANISHED_BUT_COMPLETE if evidence.view is None else Fate.COMPLETE, repair=repair)


def _budget_spent(evidence: Evidence) -> Verdict | None:
    """Passes that failed so often that more attempts make no sense; their neighbours go on."""
    if evidence.is_settling:
        return None
    lost = {item.index: reason for item in evidence.missing if (reason := _why_hopeless(evidence, item))}
    if not lost:
        return None
    all_lost = len(lost) == len(evidence.missing)
    repair = Repair.WITHDRAW if all_lost and not evidence.is_over else Repair.NONE
    first = next(iter(lost.values()))
    more = f" {len(lost) - 1} more passes fail as well." if len(lost) > 1 else ""
    return Verdict(Fate.FAILED, first + more, lost=lost, repair=repair)


def _gone(evidence: Evidence) -> Verdict | None:
    if evidence.view is not None:
        return None
    manager = evidence.manager
    if evidence.is_settling:
        return _settling(f"The farm {manager} does not know the job any more")
    if evidence.archived:
        reason = f"The farm {manager} has moved the job to its archive, but pieces are missing"
        return _over(evidence, Fate.VANISHED, reason, "Check that the nodes and this worker see the same share")
    if evidence.queue_lost and evidence.resubmitted < MOST_RESUBMISSIONS:
        time = f"time {evidence.resubmitted + 1} of {MOST_RESUBMISSIONS} at most"
        reason = f"The farm {manager} has lost its queue; what the job still lacks is submitted again ({time})."
        return Verdict(Fate.QUEUE_LOST, reason, repair=Repair.RESUBMIT)
    reason = f"The farm {manager} does not know the job any more, but pieces are missing"
    advice = "Ask who deleted it, or whether the manager deletes jobs on completion (it should leave them)"
    return _over(evidence, Fate.VANISHED, reason, advice)


def _finished(evidence: Evidence) -> Verdict | None:
    if evidence.view is not FarmJobState.COMPLETE:
        return None
    if evidence.is_settling:
        return _settling(f"The farm {evidence.manager} says the job is complete")
    reason = f"The farm {evidence.manager} says the job is complete, but pieces are missing"
    return _over(
        evidence, Fate.COMPLETE_WITHOUT_FILES, reason, "Check that the nodes and this worker see the same share"
    )


def _suspended(evidence: Evidence) -> Verdict | None:
    if evidence.view is not FarmJobState.SUSPENDED:
        return None
    if evidence.suspended_by_us:
        return Verdict(Fate.SUSPENDED, "The job is suspended on request.", "`flatiron resume` lets it go on.")
    reason = f"Somebody suspended the job on the farm {evidence.manager}."
    return Verdict(Fate.SUSPENDED, reason, "`flatiron resume` lets it go on; or activate it in the farm's monitor.")


def _burning(evidence: Evidence) -> Verdict | None:
    """Passes that were given up still put one server after the other out of the job: get them out, keep the rest."""
    crew = evidence.crew
    half_failed = len(crew.failed) * 2 >= max(len(crew.on_job), 1)
    if not evidence.abandoned or not crew.failed or (crew.active and not half_failed):
        return None
    reason = f"Failed passes have put {_names(crew.failed)} out of the job; the other passes are submitted again."
    return Verdict(Fate.STUCK, reason, "", {}, Repair.FOLLOW_UP)


def _stuck(evidence: Evidence) -> Verdict | None:
    if not every_server_failed(evidence.crew):
        return None
    trouble, said = _trouble(evidence)
    reason = f"Every server of the farm has failed on this job ({_names(evidence.crew.failed)}){said}."
    advice = trouble.advice if evidence.failures else sentences(trouble.advice, _NO_WORD)
    if is_early(evidence.ages.stuck, evidence.patience.stuck):
        return Verdict(Fate.STUCK, reason, advice)
    if evidence.readded >= (MOST_REPAIRS if trouble.waits else evidence.table.named(UNKNOWN).attempts):
        over = f"Every server of the farm has failed on this job and gave it up{said}"
        return _over(evidence, Fate.FAILED, over, advice, Repair.WITHDRAW)
    pause = min(LONGEST_PAUSE_S, evidence.patience.stuck * 2 ** min(evidence.readded, 10))
    repair = Repair.NONE if is_early(evidence.ages.readded, pause) and evidence.readded else Repair.ADD_SERVERS
    return Verdict(Fate.STUCK, reason, advice, {}, repair)


def _working(evidence: Evidence) -> Verdict | None:
    crew = evidence.crew
    if evidence.view is not FarmJobState.ACTIVE:
        return None
    pieces = sum(len(item.pieces) for item in evidence.missing)
    where = f" on {_names(crew.active)}" if crew.active else ""
    reason = f"{_counted(pieces, 'piece')} left{where}"
    away = tuple(name for name in crew.active if name in crew.absent)
    advice = f"{_names(away)} does not answer; the farm gives its work to others." if away else ""
    return Verdict(Fate.RUNNING, reason, advice)


def _waiting(evidence: Evidence) -> Verdict | None:
    crew, manager = evidence.crew, evidence.manager
    if crew.total is not None and len(crew.absent) == crew.total:
        reason = f"The farm {manager} has no server that is on." if crew.total else f"The farm {manager} has no server."
        return Verdict(Fate.QUEUED, reason, "Start the render nodes.")
    if crew.idle and not is_early(evidence.ages.idle, evidence.patience.idle):
        waited = f"{int((evidence.ages.idle or 0) // 60)} minutes"
        fate = Fate.STUCK if evidence.done or crew.on_job else Fate.NEVER_ASSIGNED
        reason = f"No server of the farm {manager} has taken the job for {waited}, though {_are_idle(crew.idle)}."
        advice = "Check that a node has this 3ds Max version and belongs to the job's server group"
        return Verdict(fate, reason, f"{advice}; in the farm's monitor see which servers the job is assigned to.")
    return Verdict(Fate.QUEUED, f"It is in the queue of the farm {manager}; no server works on it now.")


_RULES: tuple[Callable[[Evidence], Verdict | None], ...] = (
    _nothing_missing,
    _budget_spent,
    _gone,
    _finished,
    _suspended,
    _burning,
    _stuck,
    _working,
    _waiting,
)


def _settling(what: str) -> Verdict:
    return Verdict(Fate.SETTLING, f"{what}; waiting for the last pieces to show on the share.")


def _over(evidence: Evidence, fate: Fate, reason: str, advice: str, repair: Repair = Repair.NONE) -> Verdict:
    """Every missing pass is lost."""
    seen = sentences(*evidence.witnesses)
    lost = {
        item.index: sentences(f"{reason}: {_some(item.pieces)}", _said_about(evidence, item), seen)
        for item in evidence.missing
    }
    return Verdict(fate, sentences(reason), advice, lost, repair)


def _why_hopeless(evidence: Evidence, missing: MissingPass) -> str:
    """Why no further attempt at a pass makes sense; empty while one does."""
    for task in missing.tasks:
        by_kind: dict[str, list[Failure]] = defaultdict(list)
        for item in evidence.failures:
            if item.task == task:
                by_kind[item.kind].append(item)
        for kind, failures in by_kind.items():
            if evidence.table.named(kind).is_spent(len(failures), _span(failures)):
                return _hopeless(missing, failures)
    return ""


def _span(failures: list[Failure]) -> float:
    """Seconds from the first to the last of them."""
    times = [item.at for item in failures]
    return max(times) - min(times)


def _hopeless(missing: MissingPass, failures: list[Failure]) -> str:
    hosts = tuple(dict.fromkeys(item.host for item in failures))
    times = f"{len(failures)} attempts" if len(failures) > 1 else "1 attempt"
    last = failures[-1]
    head = f"Pass {missing.index} ({missing.label}) failed on {_names(hosts)} in {times}"
    return sentences(f"{head}, {last.kind} trouble: {last.reason}", last.advice, _where_logged(last))


def _trouble(evidence: Evidence) -> tuple[FailureClass, str]:
    """The class that most nodes told last, and what they said; what the farm said if no node said anything."""
    last = {(item.task, item.host): item for item in evidence.failures}
    if not last:
        said = f"; the farm says: {evidence.messages[-1].rstrip('.')}" if evidence.messages else ""
        return evidence.table.classify(said), said
    by_kind: dict[str, list[Failure]] = defaultdict(list)
    for item in last.values():
        by_kind[item.kind].append(item)
    kind, most = max(by_kind.items(), key=lambda entry: len(entry[1]))
    return evidence.table.named(kind), f", {kind} trouble: {most[-1].reason.rstrip('.')}"


def _said_about(evidence: Evidence, missing: MissingPass) -> str:
    said = {item.host: item for item in evidence.failures if item.task in missing.tasks}
    return sentences(
        *(
            f"On node {item.host}: {sentences(item.reason, item.advice, _where_logged(item))}"
            for item in list(said.values())[:3]
        )
    )


def _where_logged(failure: Failure) -> str:
    return f"Its log: {failure.log}" if failure.log else ""


def _some(pieces: tuple[str, ...]) -> str:
    more = f" and {len(pieces) - 3} more" if len(pieces) > 3 else ""
    return f"{'; '.join(pieces[:3])}{more}"


def _names(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:3])} and {len(names) - 3} more" if len(names) > 4 else ", ".join(names)


def _are_idle(names: tuple[str, ...]) -> str:
    return f"{_names(names)} {'is' if len(names) == 1 else 'are'} idle"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
