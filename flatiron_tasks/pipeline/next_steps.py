"""What comes next: pure functions of the job record. A lost, doubled or late message therefore never matters."""

from __future__ import annotations

from dataclasses import dataclass, field

from flatiron_tasks.pipeline.record import JobRecord, PassRecord, TextureRecord
from flatiron_tasks.pipeline.states import WORKING, JobState, PassState, TextureState


@dataclass(frozen=True)
class Step:
    """One short task of the chain: its name and its arguments, ids only. `about` is what people are told of it."""

    name: str
    arguments: tuple[str | int, ...]
    about: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """The arguments as dashboards show them: `job 20260131-142501-7f3a9c0d pass 12 "Column_04" try 2`."""
        return f"job {self.arguments[0]} {self.about}".rstrip()

    @property
    def key(self) -> str:
        """Identity of the step within its job."""
        return ":".join([self.name, *map(str, self.arguments[1:])])

    @property
    def lease(self) -> str:
        """What a worker leases while it runs the step."""
        return _LEASES.get(self.name, self.name) + "".join(f":{part}" for part in self.arguments[1:])


DISPATCH, MERGE_PASS, REPLACE_PLACEHOLDER = "dispatch", "merge_pass", "replace_placeholder"
CLEAN_TEMP, CANCEL = "clean_temp", "cancel"
_ON_SHARE = (MERGE_PASS, REPLACE_PLACEHOLDER)
_LEASES = {MERGE_PASS: "pass", REPLACE_PLACEHOLDER: "texture"}


def next_steps(record: JobRecord) -> tuple[Step, ...]:
    """Every step that could run now. Empty when the job waits for the farm or a person, or has ended."""
    state, job = record.state, record.job_id
    if state is JobState.SUBMITTED:
        return (_dispatch(record),)
    if state is JobState.CANCELLING:
        return (Step(CANCEL, (job,), _quoted(record.job_name)),)
    if state is JobState.DONE:
        return () if record.cleaned else (Step(CLEAN_TEMP, (job,), _quoted(record.job_name)),)
    if state in WORKING:
        return _follow_up(record) + _merges(record) + _deliveries(record)
    return ()


def wants_follow_up(record: JobRecord) -> bool:
    """Whether what is still missing is to be handed to the farm again, in the place of the farm job that is there."""
    return record.state is JobState.RENDERING and record.generation != record.dispatched


def is_left_on_farm(record: JobRecord) -> bool:
    """Whether nodes may still try passes of the job that were given up."""
    return record.sighting is not None and record.sighting.abandoned


def is_put_off(record: JobRecord, now: float) -> bool:
    """Whether dispatch has failed and its pause is not over."""
    return now < record.dispatch_after


def waits_for_share(record: JobRecord, now: float) -> bool:
    """Whether merging and delivering have found the share full, read-only or away, and their pause is not over."""
    return now < record.share_after


def steps_on_share(record: JobRecord) -> tuple[Step, ...]:
    """The merges and deliveries that could run now."""
    return tuple(step for step in next_steps(record) if step.name in _ON_SHARE)


def steps_now(record: JobRecord, now: float) -> tuple[Step, ...]:
    """Those of `next_steps` that are in no pause. After a pause for the share one step tries it for all others."""
    steps = [step for step in next_steps(record) if not (is_put_off(record, now) and step.name == DISPATCH)]
    if not record.share_after:
        return tuple(steps)
    scouts = () if waits_for_share(record, now) else steps_on_share(record)[:1]
    return tuple(step for step in steps if step.name not in _ON_SHARE or step in scouts)


def _follow_up(record: JobRecord) -> tuple[Step, ...]:
    return (_dispatch(record),) if wants_follow_up(record) else ()


def _dispatch(record: JobRecord) -> Step:
    return Step(DISPATCH, (record.job_id,), f"{_quoted(record.job_name)} try {record.generation}")


def _merges(record: JobRecord) -> tuple[Step, ...]:
    return tuple(_merge(record, item) for item in record.passes_in(PassState.RENDERED))


def _merge(record: JobRecord, item: PassRecord) -> Step:
    label = f"{_quoted(record.labels[item.index])} " if item.index < len(record.labels) else ""
    return Step(MERGE_PASS, (record.job_id, item.index), f"pass {item.index} {label}try {item.attempts + 1}")


def _deliveries(record: JobRecord) -> tuple[Step, ...]:
    ready = (item for item in record.textures_in(TextureState.WAITING) if not item.unmerged)
    return tuple(_delivery(record, item) for item in ready)


def _delivery(record: JobRecord, item: TextureRecord) -> Step:
    about = f"texture {item.index} {_quoted(item.file_name)} try {item.attempts + 1}"
    return Step(REPLACE_PLACEHOLDER, (record.job_id, item.index), about)


def _quoted(name: str) -> str:
    return f'"{name}"'


@dataclass(frozen=True)
class Settled:
    """The state a job should change to, and why it is what it is."""

    state: JobState
    sentence: str
    step: str = ""
    reason: str = ""
    advice: str = ""


_ORDER = WORKING


def settle(record: JobRecord) -> Settled | None:
    """The next change of state that the passes and textures ask for, one at a time; None if the state is right."""
    if record.state not in (*_ORDER, JobState.READY_TO_COLLECT):
        return None
    failure = _failure(record)
    if failure is not None:
        return failure
    goal = _goal(record)
    if record.state not in _ORDER:
        return Settled(goal, "All textures are collected.") if goal is JobState.DONE else None
    if goal in _ORDER and _ORDER.index(goal) <= _ORDER.index(record.state):
        return None
    if record.state is JobState.DELIVERING:
        return Settled(goal, _ENDINGS[goal])
    following = _ORDER[_ORDER.index(record.state) + 1]
    return Settled(following, _CONTINUATIONS[following])


_CONTINUATIONS = {
    JobState.MERGING: "All passes are rendered, the last ones are being merged.",
    JobState.DELIVERING: "All passes are merged, the textures are being composed.",
}
_ENDINGS = {
    JobState.DONE: "All textures are in place.",
    JobState.READY_TO_COLLECT: "All textures are finished; the workers cannot see the output folder, so they wait to "
    "be collected on the artist's machine.",
}


def _goal(record: JobRecord) -> JobState:
    if record.passes_in(PassState.WAITING):
        return JobState.RENDERING
    if record.passes_in(PassState.RENDERED):
        return JobState.MERGING
    if record.textures_in(TextureState.WAITING):
        return JobState.DELIVERING
    return JobState.READY_TO_COLLECT if record.textures_in(TextureState.COLLECTABLE) else JobState.DONE


def _failure(record: JobRecord) -> Settled | None:
    """The job fails when something failed and nothing else can move: its neighbours are finished first."""
    passes, textures = record.passes_in(PassState.FAILED), record.textures_in(TextureState.FAILED)
    if not passes and not textures:
        return None
    if record.passes_in(PassState.WAITING, PassState.RENDERED) or _deliveries(record):
        return None
    command = f"`flatiron requeue {record.job_id}`"
    if passes:
        others = len(passes) - 1
        more = f" {others} more {'pass' if others == 1 else 'passes'} failed." if others else ""
        return Settled(
            JobState.FAILED,
            f"Pass {passes[0].index} failed: {passes[0].reason}{more}",
            step=MERGE_PASS,
            reason=passes[0].reason + more,
            advice=f"Mend the cause. Then {command} renders what is missing; rejected pieces need "
            f"`flatiron requeue {record.job_id} --rerender`, which renders the failed passes afresh.",
        )
    note = textures[0].note
    return Settled(
        JobState.FAILED,
        f"A texture could not be finished: {note}",
        step=REPLACE_PLACEHOLDER,
        reason=note,
        advice=f"Mend the cause, then {command}.",
    )
