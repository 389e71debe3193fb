"""The job record as it is read from Redis: plain data, a snapshot. Nothing here changes anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flatiron_tasks.pipeline.sighting import Sighting
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState


@dataclass(frozen=True)
class PassRecord:
    """Where one pass stands."""

    index: int
    state: PassState
    attempts: int = 0
    reason: str = ""


@dataclass(frozen=True)
class TextureRecord:
    """Where one texture stands; `unmerged` is the number of passes it still waits for."""

    index: int
    state: TextureState
    unmerged: int
    attempts: int = 0
    path: str = ""
    note: str = ""

    @property
    def file_name(self) -> str:
        """Name of its file."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class JobRecord:
    """Everything Redis knows of one job. Times are seconds since the epoch by the clock of Redis.

    `generation` is the submission that is wanted, `dispatched` the one that is on the farm. `dispatch_failures` is how
    often handing it over has failed in a row, `dispatch_after` when it is tried again, 0 for now; `resubmitted` how
    often it was handed over again because the farm had lost it. `forgiven` are failed attempts that do not count any
    more; from generation `pardoned` on, none that is older does. `wish` and `wished_priority` are what a person wants
    of the farm job and has not got yet, `suspended` and `priority` what such a wish made of it. `farm_servers` is which
    servers the share probe let work on the farm job, as JSON (see `share_probe.admission`), `share_note` what people
    must know of that. `share_away_since` is since when merging and delivering wait for a share that is full, read-only
    or away, 0 if they do not; `share_after` when they try again, `share_trouble` the same for people. `artist` and
    `host` submitted the job (older records do not say). `last_look` is what the last look into the job folder found
    (see `folder_removal`), `given_back` how many files placeholders had replaced a cancellation put back. `sequence` is
    the number of the last event, `touches` counts changes of what people see.
    """

    job_id: str
    state: JobState
    revision: int
    job_name: str
    manager: str
    network_folder: str
    output_folder: str
    created_at: float
    updated_at: float
    generation: int = 1
    dispatched: int = 1
    pardoned: int = 1
    farm_handle: str = ""
    handed_over: bool = False
    dispatch_failures: int = 0
    dispatch_after: float = 0.0
    resubmitted: int = 0
    labels: tuple[str, ...] = ()
    farm_note: str = ""
    farm_trouble: str = ""
    farm_servers: str = ""
    share_note: str = ""
    share_away_since: float = 0.0
    share_after: float = 0.0
    share_trouble: str = ""
    sighting: Sighting | None = None
    forgiven: tuple[str, ...] = ()
    wish: str = ""
    wished_priority: int | None = None
    priority: int | None = None
    suspended: bool = False
    artist: str = ""
    host: str = ""
    sequence: int = 0
    touches: int = 0
    step: str = ""
    reason: str = ""
    advice: str = ""
    cleaned: bool = False
    leftovers: str = ""
    last_look: str = ""
    given_back: int = 0
    keep_pieces: bool = False
    passes: tuple[PassRecord, ...] = ()
    textures: tuple[TextureRecord, ...] = ()

    def passes_in(self, *states: PassState) -> tuple[PassRecord, ...]:
        """The passes in one of these states."""
        return tuple(item for item in self.passes if item.state in states)

    def textures_in(self, *states: TextureState) -> tuple[TextureRecord, ...]:
        """The textures in one of these states."""
        return tuple(item for item in self.textures if item.state in states)


def read_record(
    job_id: str,
    job: Mapping[str, str],
    passes: Mapping[str, str],
    textures: Mapping[str, str],
    unmerged: Mapping[int, int],
) -> JobRecord:
    """Build the snapshot from the hashes of `lua/prelude.lua`."""
    return JobRecord(
        job_id=job_id,
        state=JobState(job["state"]),
        revision=int(job["revision"]),
        job_name=job["job_name"],
        manager=job["manager"],
        network_folder=job["network_folder"],
        output_folder=job["output_folder"],
        created_at=float(job["created_at"]),
        updated_at=float(job["updated_at"]),
        generation=int(job.get("generation", "1")),
        dispatched=int(job.get("dispatched") or job.get("generation", "1")),
        pardoned=int(job.get("pardoned", "1")),
        farm_handle=job.get("farm_handle", ""),
        handed_over=job.get("handed_over") == "1",
        dispatch_failures=int(job.get("dispatch_failures") or "0"),
        dispatch_after=float(job.get("dispatch_after") or "0"),
        resubmitted=int(job.get("resubmitted") or "0"),
        labels=tuple(json.loads(job.get("labels", "[]"))),
        farm_note=job.get("farm_note", ""),
        farm_trouble=job.get("farm_trouble", ""),
        farm_servers=job.get("farm_servers", ""),
        share_note=job.get("share_note", ""),
        share_away_since=float(job.get("share_away_since") or "0"),
        share_after=float(job.get("share_after") or "0"),
        share_trouble=job.get("share_trouble", ""),
        sighting=Sighting.from_json(job.get("sighting", "")),
        forgiven=tuple(json.loads(job.get("forgiven") or "[]")),
        wish=job.get("wish", ""),
        wished_priority=_number(job.get("wished_priority")),
        priority=_number(job.get("priority")),
        suspended=job.get("suspended") == "1",
        artist=job.get("artist", ""),
        host=job.get("host", ""),
        sequence=int(job.get("sequence", "0")),
        touches=int(job.get("touches", "0")),
        step=job.get("step", ""),
        reason=job.get("reason", ""),
        advice=job.get("advice", ""),
        cleaned=job.get("cleaned") == "1",
        leftovers=job.get("leftovers", ""),
        last_look=job.get("last_look", ""),
        given_back=int(job.get("given_back") or "0"),
        keep_pieces=job.get("keep_pieces") == "1",
        passes=tuple(_pass(index, passes) for index in range(int(job["passes_total"]))),
        textures=tuple(_texture(index, textures, unmerged) for index in range(int(job["textures_total"]))),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _pass(index: int, fields: Mapping[str, str]) -> PassRecord:
    return PassRecord(
        index=index,
        state=PassState(fields[f"{index}"]),
        attempts=int(fields.get(f"{index}:attempts", "0")),
        reason=fields.get(f"{index}:reason", ""),
    )


def _texture(index: int, fields: Mapping[str, str], unmerged: Mapping[int, int]) -> TextureRecord:
    return TextureRecord(
        index=index,
        state=TextureState(fields[f"{index}"]),
        unmerged=unmerged.get(index, 0),
        attempts=int(fields.get(f"{index}:attempts", "0")),
        path=fields.get(f"{index}:path", ""),
        note=fields.get(f"{index}:note", ""),
    )
