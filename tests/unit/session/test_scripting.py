"""Pipelines get the panel's calls; MAXScript hands values over as values, never as a piece of script."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, ShareError, TransportError
from max_submitter import maxscript, scripting
from tests.unit.session.artist import Artist

FLATIRON_MS = """\
-- Made by max_submitter.maxscript; changes here are lost.
struct FlatironNetCalls
(
    private fn calls = (Python.Import "max_submitter.scripting"),

    -- Bake the open scene as the panel would; returns the job ids. settings: path of a settings file (JSON).
    public fn bake settings:"" waitSeconds:0 = (filterString ((calls()).bake_text settings waitSeconds) "\\n"),

    -- All jobs of this artist, newest first: #(#(id, state, sentence), ...).
    public fn jobs = (for line in filterString ((calls()).jobs_text()) "\\n" collect filterString line "\\t"),

    -- The same with everything that is known, as a JSON text.
    public fn jobsAsJson = ((calls()).jobs_json()),

    -- Ask the workers to cancel a job.
    public fn cancel jobId = ((calls()).cancel_text jobId)
)
global FlatironNet = FlatironNetCalls()
"""


def test_the_script_is_exactly_this_and_plain_ascii() -> None:
    assert maxscript.flatiron_ms() == FLATIRON_MS
    assert maxscript.flatiron_ms().isascii()


def test_every_function_that_the_script_calls_is_there() -> None:
    for name in ("bake_text", "jobs_text", "jobs_json", "cancel_text"):
        assert callable(getattr(scripting, name))
        assert f".{name}" in FLATIRON_MS


def test_a_bake_that_preflight_refuses_raises_what_it_found(tmp_path: Path) -> None:
    artist = Artist(tmp_path)
    with pytest.raises(BadInputError, match="Redis is not set"):
        scripting.bake(artist.settings(), scene=artist.scene, environment=artist.environment)
    assert not list(artist.share.iterdir())


def test_jobs_and_settings_that_cannot_be_read_are_sentences(tmp_path: Path) -> None:
    artist = Artist(tmp_path)
    with pytest.raises(BadInputError, match="Redis is not set"):
        scripting.jobs(environment=artist.environment)
    with pytest.raises(ShareError, match="cannot be read"):
        scripting.bake_text(str(tmp_path / "nowhere.json"), 0)


def test_ids_of_jobs_that_nobody_could_be_told_of_are_never_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account may not put messages into the queue: the job is complete, and no worker will hear of it."""

    def refuse(_: object, job_id: str) -> None:
        raise TransportError("No message got through.", why="NOPERM")

    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", refuse)
    for name in ("redis_trouble", "manager_trouble"):
        monkeypatch.setattr(f"max_submitter.session.artist_session.{name}", lambda *_: "")
    artist = Artist(tmp_path, redis_url="redis://127.0.0.1:1/0")
    with pytest.raises(scripting.UnfinishedBakeError, match="NOPERM") as told:
        scripting.bake(
            artist.settings(),
            scene=artist.scene,
            environment=artist.environment,
            node_program=lambda: b"the node program",
        )
    (folder,) = artist.share.glob("flatiron-2*")
    assert told.value.job_ids == (folder.name.removeprefix("flatiron-"),)
