"""The job record in Redis. Every change is one Lua script, atomic with its event (`lua/`, keys in its prelude).

No call is repeated blindly: after a lost reply the caller reads the record, because most scripts answer "it stands so
already" to a repetition. Connection errors of redis-py pass through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from flatiron_tasks.contracts.errors import StaleLeaseError, StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.pipeline.artist_book import ArtistBook
from flatiron_tasks.pipeline.claims import ClaimBook
from flatiron_tasks.pipeline.clock import Clock
from flatiron_tasks.pipeline.expiry_book import ExpiryBook
from flatiron_tasks.pipeline.gauge_book import GaugeBook
from flatiron_tasks.pipeline.job_index import JobIndex
from flatiron_tasks.pipeline.measures import Series, read_measures
from flatiron_tasks.pipeline.notice_book import NoticeBook
from flatiron_tasks.pipeline.record import JobRecord, read_record
from flatiron_tasks.pipeline.share_probe.book import ProbeBook
from flatiron_tasks.pipeline.states import ACTIVE, NOTICED, JobState, PassState, TextureState, check_transition
from flatiron_tasks.pipeline.step_book import StepBook
from flatiron_tasks.pipeline.sweep_book import SweepBook

PREFIX = "flatiron"
EVENTS_KEY = f"{PREFIX}:events"


ANSWER_S, TOOL_ANSWER_S = 30.0, 5.0
"""How long Redis may take to answer: a worker, and a program that somebody waits for."""


def connect(url: str, *, answer_s: float = ANSWER_S) -> redis.Redis:
    """A client with time-outs of its own and no blind retry: a repeated XADD would double an event."""
    return redis.Redis.from_url(
        url,
        protocol=2,  # its replies have one shape for every server and version of redis-py
        decode_responses=True,
        socket_timeout=answer_s,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )


@dataclass(frozen=True)
class NewTexture:
    """A texture of a new record."""

    state: TextureState
    path: str
    passes: tuple[int, ...]


class JobStore:
    """All job records of one installation."""

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._redis: Any = client  # redis-py types every reply as "perhaps awaitable"
        self._clock = clock

    def create(
        self,
        job_id: str,
        *,
        fields: Mapping[str, str],
        passes: Iterable[PassState],
        textures: Iterable[NewTexture],
        sentence: str,
    ) -> bool:
        """Make the record of a job. Returns False if it has one already, which stays untouched."""
        now = str(self._clock.now().timestamp())
        new = {
            "fields": {"state": JobState.SUBMITTED, "created_at": now, "generation": "1", **fields},
            "passes": {str(index): state for index, state in enumerate(passes)},
            "textures": {
                str(index): {"state": item.state, "path": item.path, "passes": item.passes}
                for index, item in enumerate(textures)
            },
            "manager": fields["manager"],
        }
        return bool(self._run("create", job_id, json.dumps(new), sentence))

    def load(self, job_id: str) -> JobRecord:
        """A snapshot of the record, read in one transaction. Raises StateError for an unknown job."""
        key = f"{PREFIX}:job:{job_id}"
        total = int(self._redis.hget(key, "textures_total") or 0)
        pipe = self._redis.pipeline(transaction=True)
        pipe.hgetall(key).hgetall(f"{key}:passes").hgetall(f"{key}:textures")
        for index in range(total):
            pipe.scard(f"{key}:unmerged:{index}")
        job, passes, textures, *unmerged = pipe.execute()
        if not job:
            raise StateError(
                f"Job {job_id} is unknown here.",
                advice="Check the id with `flatiron status`, and with `flatiron doctor` that workers run: they take up "
                "a new job, or one whose record was lost, within a minute if its job folder is on the share.",
            )
        return read_record(job_id, job, passes, textures, dict(enumerate(unmerged)))

    def exists(self, job_id: str) -> bool:
        """Whether the job has a record."""
        return bool(self._redis.exists(f"{PREFIX}:job:{job_id}"))

    def job_ids(self) -> list[str]:
        """All known jobs, newest first."""
        return cast("list[str]", self._redis.zrevrange(f"{PREFIX}:jobs", 0, -1))

    def managers(self) -> list[str]:
        """Addresses of all farm managers that have jobs, or had some not long ago."""
        return sorted(self._redis.smembers(f"{PREFIX}:managers"))

    def jobs_at(self, manager: str) -> list[str]:
        """Jobs that the sweep of this manager looks after, oldest first."""
        return sorted(self._redis.zrange(f"{PREFIX}:at:{manager}", 0, -1))

    @property
    def sweeps(self) -> SweepBook:
        """What the sweeps remember."""
        return SweepBook(self._redis, PREFIX, self._run)

    @property
    def claims(self) -> ClaimBook:
        """Who works on what."""
        return ClaimBook(self._redis, PREFIX, self._run)

    @property
    def steps(self) -> StepBook:
        """Messages, attempts and pauses."""
        return StepBook(self._run)

    @property
    def index(self) -> JobIndex:
        """Jobs page by page, and what happened to each."""
        return JobIndex(self._redis, PREFIX)

    @property
    def artists(self) -> ArtistBook:
        """What artists' machines are told."""
        return ArtistBook(self._redis, PREFIX, self._run)

    @property
    def probes(self) -> ProbeBook:
        """What is known of servers and the shares they see."""
        return ProbeBook(self._redis, PREFIX)

    @property
    def notices(self) -> NoticeBook:
        """Ends of jobs that people must still be told of."""
        return NoticeBook(self._redis, PREFIX)

    @property
    def expiry(self) -> ExpiryBook:
        """What is old enough to be forgotten."""
        return ExpiryBook(self._redis, PREFIX, self._run)

    @property
    def gauges(self) -> GaugeBook:
        """How much lies where."""
        return GaugeBook(self._redis, PREFIX)

    def measured(self) -> dict[Series, float]:
        """What all workers have counted and timed."""
        return read_measures(self._redis, PREFIX)

    def change_state(
        self,
        record: JobRecord,
        new: JobState,
        *,
        sentence: str,
        fields: Mapping[str, str] | None = None,
        watched: bool | None = None,
    ) -> bool:
        """Change the job's state if the record is still the one that was read. The only way to change a state.

        `watched` says whether the sweep goes on looking after the job; by default while it is active.
        Returns False if the record has changed meanwhile. Raises StateError for a change outside the table.
        """
        check_transition(record.job_id, record.state, new)
        stay = new in ACTIVE if watched is None else watched
        fields_text = json.dumps(dict(fields or {}))
        revision = str(record.revision)
        return bool(
            self._run(
                "change_state",
                record.job_id,
                record.state,
                new,
                revision,
                fields_text,
                sentence,
                "" if stay else "1",
                "1" if new in NOTICED else "",
            )
        )

    def mark_rendered(self, job_id: str, passes: Iterable[int], sentence: str) -> int:
        """Note that all pieces of these passes are there. Returns how many were not noted yet."""
        return int(self._run("mark_rendered", job_id, json.dumps(list(passes)), sentence))

    def finish_pass(self, job_id: str, index: int, token: int, state: PassState, *, reason: str, sentence: str) -> None:
        """End the work on a pass. Raises StaleLeaseError if another process has taken it over."""
        answer = self._run("finish_pass", job_id, str(index), str(token), state, reason, sentence)
        _refuse_stale(int(answer), job_id, f"pass {index}")

    def passes_unmerged(self, job_id: str, texture_index: int) -> int:
        """How many passes a texture still waits for."""
        return int(self._redis.scard(f"{PREFIX}:job:{job_id}:unmerged:{texture_index}"))

    def merge_again(self, job_id: str, index: int, *, sentence: str) -> bool:
        """Set a merged pass whose layers got lost back to `rendered`."""
        return bool(self._run("merge_again", job_id, str(index), sentence))

    def fail_waiting(self, job_id: str, reasons: Mapping[int, str], sentence: str) -> int:
        """Fail passes that will get no pieces any more. Returns how many still waited."""
        return int(self._run("fail_waiting", job_id, json.dumps(reasons), sentence))

    def finish_texture(
        self, job_id: str, index: int, token: int | None, state: TextureState, *, path: str, note: str, sentence: str
    ) -> bool:
        """End the work on a texture; token None = it was collected on the submitter's machine.

        Returns False if it stands so already. Raises StaleLeaseError if another process has taken it over.
        """
        given = "" if token is None else str(token)
        answer = int(self._run("finish_texture", job_id, str(index), given, state, path, note, sentence))
        _refuse_stale(answer, job_id, f"texture {index}")
        return answer == 1

    def requeue(self, job_id: str, passes: Iterable[int], *, discard: bool, sentence: str) -> int:
        """Set passes and all failed or collectable textures back; with `discard` their pieces do not count any more.

        Returns how many were set back, -1 if it is not the time.
        """
        return int(self._run("requeue", job_id, json.dumps(list(passes)), "1" if discard else "", sentence))

    def take_discards(self, job_id: str) -> list[int]:
        """Passes whose pieces are to be thrown away before the farm renders them again."""
        return sorted(int(index) for index in self._redis.smembers(f"{PREFIX}:job:{job_id}:discard"))

    def forget_discards(self, job_id: str, passes: Iterable[int]) -> None:
        """Note that the pieces of these passes are gone."""
        for index in passes:
            self._redis.srem(f"{PREFIX}:job:{job_id}:discard", index)

    def follow_up(self, job_id: str, generation: int, sentence: str, *, resubmits: bool = False) -> bool:
        """Ask for a farm job with what is still missing, in the place of this generation. False if it is not the time.

        Asking twice for the same generation asks once. `resubmits` counts that the farm has lost this generation.
        """
        return bool(self._run("follow_up", job_id, str(generation), sentence, "1" if resubmits else ""))

    def note(self, job_id: str, field: str, text: str, *, sentence: str = "") -> bool:
        """Set a field that decides nothing. An event only if there is a sentence and the text is new."""
        return bool(self._run("note", job_id, field, text, sentence))

    def note_if(
        self, record: JobRecord, field: str, held: str, changes: Mapping[str, str], *, sentence: str = ""
    ) -> bool:
        """Set fields that decide nothing, if `field` still holds this text and the record has no later generation."""
        new = json.dumps(dict(changes))
        return bool(self._run("note_if", record.job_id, field, held, str(record.generation), new, sentence))

    def events(self, after: str, *, block_seconds: float, count: int = 500) -> list[tuple[str, Event]]:
        """Events behind a stream id ("0" = from the beginning), waiting up to `block_seconds` for the first.

        That must be less than Redis may take to answer, see `connect`.
        """
        block = int(block_seconds * 1000) or None
        reply = self._redis.xread({EVENTS_KEY: after}, count=count, block=block)
        entries = dict(reply or ()).get(EVENTS_KEY, [])
        return [(entry, Event.from_json(fields["event"], source=f"event {entry}")) for entry, fields in entries]

    def _run(self, name: str, job_id: str, *arguments: str) -> Any:
        now = self._clock.now()
        script = self._redis.register_script(_script(name))
        return script(keys=[PREFIX], args=[job_id, str(now.timestamp()), utc_text(now), *arguments])


def _refuse_stale(answer: int, job_id: str, what: str) -> None:
    if answer < 0:
        raise StaleLeaseError(
            f"Another worker has taken over {what} of job {job_id}.",
            why="This process was too slow or cut off; its result was thrown away.",
        )


@cache
def _script(name: str) -> str:
    folder = resources.files("flatiron_tasks.pipeline") / "lua"
    return "".join((folder / f"{part}.lua").read_text("utf-8") for part in ("prelude", name))
