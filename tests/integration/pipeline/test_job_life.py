"""A job's life: it ends right, whatever is doubled, late, lost or broken; or it says what a person must do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import redis

from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.steps import accept
from max_submitter.collect import collect
from tests.integration.pipeline.expectations import expected_textures, read_pixels, state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import BOXES, JOB_ID, SyntheticJob, make_job

LATER = 2


def test_a_bake_ends_with_its_textures_in_place_and_nothing_left(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    assert state(workshop) is JobState.RENDERING
    assert len(workshop.farm.submissions[0].task_rows) == len(BOXES) * 2
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert not workshop.errors
    assert not job.files.folder.path.exists()
    assert not workshop.farm.jobs()
    pixels = read_pixels(job.output_folder / "CompleteMap.png")
    x0, y0, x1, y1 = BOXES["Wall"]
    alpha = pixels[..., 3] == 255
    assert alpha[y0:y1, x0:x1].all()
    assert alpha.sum() == sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in BOXES.values())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("mode", "strips"), [("single", 1), ("multi", 1), ("multi", 3), ("single", 4)])
def test_any_split_order_and_doubling_gives_the_same_bytes(
    workshop: Workshop, tmp_path: Path, mode: str, strips: int, seed: int
) -> None:
    job = make_job(tmp_path, mode=mode, strips=strips)
    order = random.Random(seed)
    workshop.accept(job)
    workshop.work(order=order, doubled=True)
    passes = [item.index for item in job.files.plan.passes]
    order.shuffle(passes)
    for index in passes:
        job.render(passes=[index])
        if order.random() < 0.5:
            workshop.sweep()
            workshop.work(order=order, doubled=True)
    workshop.live(order=order, doubled=True)
    assert state(workshop) is JobState.DONE
    assert not workshop.errors
    assert job.textures() == expected_textures(tmp_path / "alone")
    sequences = [event.sequence for _, event in workshop.desk.events("0", block_seconds=0)]
    assert sequences == list(range(1, len(sequences) + 1))


def test_passes_are_merged_while_others_still_render(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[1])
    workshop.live(sweeps=1)
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.RENDERING
    assert [item.index for item in record.passes_in(PassState.MERGED)] == [1]


def test_requeue_twice_is_harmless_and_an_ended_job_says_so(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    assert "nothing of it waits" in workshop.desk.requeue(JOB_ID)
    job.render()
    workshop.live()
    with pytest.raises(StateError, match="is done"):
        workshop.desk.requeue(JOB_ID)


def test_textures_that_no_worker_can_place_wait_until_they_are_collected(workshop: Workshop, tmp_path: Path) -> None:
    job = make_job(tmp_path, output_visible=False)
    workshop.accept(job)
    job.render()
    workshop.live()
    assert state(workshop) is JobState.READY_TO_COLLECT
    assert job.files.folder.description.exists()
    folder = job.files.folder.path

    def acknowledge(index: int, path: Path) -> None:
        assert job.files.folder.description.exists(), "the job folder must outlive the collection"
        workshop.desk.collected(JOB_ID, index, str(path))

    collect(folder, job.output_folder, acknowledge)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert not folder.exists()
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_a_file_that_an_artist_painted_over_is_never_replaced(workshop: Workshop, job: SyntheticJob) -> None:
    mine = job.output_folder / "CompleteMap.png"
    mine.write_bytes(mine.read_bytes() + b"painted over")
    before = mine.read_bytes()
    job.render()
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert mine.read_bytes() == before
    assert (job.output_folder / f"CompleteMap.flatiron-{JOB_ID}.png").exists()
    assert workshop.context.store.load(JOB_ID).textures[0].state is TextureState.BESIDE
    assert "beside" in workshop.desk.job(JOB_ID).sentence


def test_a_job_survives_the_loss_of_redis_at_any_point(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis, tmp_path: Path
) -> None:
    workshop.accept(job)
    workshop.work()
    for rendered in range(len(BOXES) - 1):
        job.render(passes=[rendered])
        workshop.live(sweeps=1)
        client.flushdb()
        workshop.messages.clear()
        assert accept.accept_forgotten(workshop.context) == [JOB_ID]
    job.render(passes=[len(BOXES) - 1])
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert len(workshop.farm.submissions) == 1
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_kept_pieces_of_a_finished_job_never_start_it_again(
    workshop: Workshop, tmp_path: Path, client: redis.Redis
) -> None:
    job = make_job(tmp_path, keep_pieces=True)
    job.render()
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.files.folder.description.exists()
    client.flushdb()
    assert accept.accept_forgotten(workshop.context) == []
    with pytest.raises(BadInputError, match="has ended"):
        workshop.accept(job)


def test_leftovers_are_reported_and_the_bake_is_finished_all_the_same(workshop: Workshop, job: SyntheticJob) -> None:
    foreign = job.files.folder.path / "holiday.jpg"
    foreign.write_bytes(b"mine")
    job.render()
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert foreign.read_bytes() == b"mine"
    assert str(foreign) in workshop.context.store.load(JOB_ID).leftovers


def test_a_job_folder_that_nobody_can_read_holds_up_no_other_job(workshop: Workshop, job: SyntheticJob) -> None:
    broken = job.network_folder / "flatiron-20250101-000000-00000000"
    broken.mkdir()
    (broken / "job.desc").write_text("{")
    assert accept.accept_forgotten(workshop.context) == [JOB_ID]


def test_a_cancelled_job_leaves_the_farm_and_the_share_and_keeps_its_placeholders(
    workshop: Workshop, job: SyntheticJob
) -> None:
    before = job.textures()
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0])
    workshop.live(sweeps=1)
    assert "being cancelled" in workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert state(workshop) is JobState.CANCELLED
    assert not workshop.farm.jobs()
    assert not job.files.folder.path.exists()
    assert job.textures() == before
    assert "already" in workshop.desk.cancel(JOB_ID)


def test_a_cancelled_job_gives_back_what_its_placeholders_replaced(workshop: Workshop, job: SyntheticJob) -> None:
    before = job.textures()
    (job.files.folder.previous / "CompleteMap.png").write_bytes(b"the texture of an earlier bake")
    (job.files.folder.previous / "NormalsMap.exr").write_bytes(b"another one")
    painted = job.output_folder / "NormalsMap.exr"
    painted.write_bytes(before["NormalsMap.exr"] + b"painted over since")
    workshop.accept(job)
    workshop.work()
    workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLED
    assert job.textures() == {
        "CompleteMap.png": b"the texture of an earlier bake",
        "NormalsMap.exr": before["NormalsMap.exr"] + b"painted over since",
    }
    assert not job.files.folder.path.exists()


def test_a_message_for_an_unknown_or_impossible_job_is_refused(workshop: Workshop) -> None:
    with pytest.raises(BadInputError, match="not the id"):
        accept.accept(workshop.context, "../../etc")
