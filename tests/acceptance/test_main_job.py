"""The main job with real processes: Redis, Celery workers, the farm, its nodes, the renderer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from flatiron_tasks.api import Desk
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.store import connect
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.queues import DELIVER, DISPATCH, MERGE
from flatiron_tasks.tasks.surroundings import sender
from max_submitter.collect import collect
from tests.acceptance.bakes import OneProcess, request, submit_to, textures, wait_for_end
from tests.share_contents import beside_proofs
from tests.waiting import wait_until
from workers.embedded.stack import EmbeddedStack

SPLITS = [("single", 1), ("multi", 1), ("multi", 3), ("multi", 4), ("single", 4)]


by_workers = partial(pytest.mark.parametrize, "stack", indirect=True, scope="module", ids="{} workers".format)


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    folder = tmp_path_factory.mktemp("stack")
    with EmbeddedStack(folder, workers=request.param, nodes=2, flower=False, concurrency=1) as stack:
        yield stack


@pytest.fixture
def desk(stack: EmbeddedStack) -> Desk:
    return Desk.open(stack.settings)


@by_workers([1, 3])
def test_every_split_gives_the_bytes_of_one_process_also_when_every_message_comes_twice(
    stack: EmbeddedStack, desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "alone").mkdir()
    bakes = {
        (mode, strips): request(tmp_path / f"{mode} {strips}", stack.network_folder, stack.manager)
        for mode, strips in SPLITS
    }
    jobs = {
        (mode, strips): submit_to(stack.settings, replace(wanted, mode=mode, strips=strips)).job_id
        for (mode, strips), wanted in bakes.items()
    }
    over = threading.Event()
    doubler = threading.Thread(target=_double_everything, args=(stack, list(jobs.values()), over))
    doubler.start()
    try:
        for job_id in jobs.values():
            wait_for_end(desk, job_id)
    finally:
        over.set()
        doubler.join()
    expected = OneProcess(tmp_path / "alone").textures(bakes["single", 1])
    assert len(expected) == 6
    for mode, strips in SPLITS:
        assert textures(tmp_path / f"{mode} {strips}") == expected, f"{mode}, {strips} strips"
    assert beside_proofs(stack.network_folder) == []
    overlap = [event.sentence for _, event in desk.events("0", block_seconds=0) if "overlap" in event.sentence]
    assert any("Block and Lamp overlap in" in sentence for sentence in overlap), overlap


def _double_everything(stack: EmbeddedStack, job_ids: list[str], over: threading.Event) -> None:
    """Send every step of every job again and again, whether it is due or not, but no faster than they are read."""
    send = sender(make_app(stack.settings))
    queues = connect(stack.settings.redis_url)
    while not over.wait(2):
        if any(queues.llen(queue) for queue in (DISPATCH, MERGE, DELIVER)):
            continue
        for job_id in job_ids:
            send(Step("dispatch", (job_id,)))
            send(Step("clean_temp", (job_id,)))
            for index in range(8):
                send(
                    Step("merge_pass", (job_id, index))
                    if index < 4
                    else Step("replace_placeholder", (job_id, index - 4))
                )


@by_workers([3])
def test_ten_jobs_at_once_all_end_and_status_shows_each(stack: EmbeddedStack, desk: Desk, tmp_path: Path) -> None:
    small = {"objects": request(tmp_path / "x", stack.network_folder, stack.manager).objects[:1], "map_count": 1}
    jobs = [
        submit_to(
            stack.settings,
            request(tmp_path / f"job {number}", stack.network_folder, stack.manager, **small),
        ).job_id
        for number in range(10)
    ]
    for job_id in jobs:
        wait_for_end(desk, job_id)
    shown = {status.job_id: status for status in desk.jobs()}
    assert all(shown[job_id].state == "done" for job_id in jobs)
    assert len({tuple(textures(tmp_path / f"job {number}").items()) for number in range(10)}) == 1


@by_workers([3])
def test_textures_out_of_the_workers_sight_wait_and_are_collected_and_only_then_cleaned(
    stack: EmbeddedStack, desk: Desk, tmp_path: Path
) -> None:
    wanted = request(tmp_path / "far", stack.network_folder, stack.manager)
    rule = PathRule("//artist/local", str(wanted.output_folder.parent))
    submitted = submit_to(stack.settings, replace(wanted, path_mapping=PathMapping([rule])))
    wait_for_end(desk, submitted.job_id, state="ready_to_collect")
    assert submitted.description_path.exists()
    seen: list[Path] = []

    def acknowledge(index: int, path: Path) -> None:
        assert submitted.description_path.exists()
        seen.append(path)
        desk.collected(submitted.job_id, index, str(path))

    collect(submitted.job_folder, wanted.output_folder, acknowledge)
    wait_for_end(desk, submitted.job_id)
    assert len(seen) == 6
    wait_until(lambda: not submitted.job_folder.exists(), what="the job folder is gone")
    (tmp_path / "alone").mkdir()
    assert textures(tmp_path / "far") == OneProcess(tmp_path / "alone").textures(wanted)
