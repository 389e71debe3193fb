"""A job's life: it ends right, whatever is doubled, late, lost or broken; or it says what a person must do."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
import redis

from flatiron_tasks.contracts.errors import BadInputError, NotReadyError, StateError
from flatiron_tasks.pipeline.attempt import DEATHS_BEFORE_FAILED
from flatiron_tasks.pipeline.manual_merge import merge_by_hand
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.steps import accept
from flatiron_tasks.settings import Settings
from max_submitter.collect import collect
from tests.integration.pipeline.conftest import MovingClock
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import BOXES, JOB_ID, SIZE, SyntheticJob, make_job, write_exr

LATER = 2


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    return make_job(tmp_path)


@pytest.fixture
def workshop(client: redis.Redis, clock: MovingClock, tmp_path: Path) -> Workshop:
    (tmp_path / "network").mkdir(exist_ok=True)
    return Workshop(client, clock, tmp_path / "network")


def state(workshop: Workshop) -> JobState:
    return workshop.context.store.load(JOB_ID).state


def expected_textures(folder: Path) -> dict[str, bytes]:
    """The textures of the same bake as one Single Pass in one strip, merged by hand without Redis and farm."""
    folder.mkdir()
    job = make_job(folder, mode="single", strips=1)
    job.render()
    merge_by_hand(job.files.folder.description, settings_of(folder))
    return job.textures()


def settings_of(folder: Path) -> Settings:
    return Settings(network_folders=(folder / "network",))


def read_pixels(path: Path) -> npt.NDArray[np.uint8]:
    pixels = oiio.ImageBuf(str(path)).get_pixels(oiio.UINT8)
    assert pixels is not None
    return pixels


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


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def shrink(path: Path) -> None:
    write_exr(path, np.zeros((24, SIZE // 2, 4), np.float16), 0, size=SIZE // 2)


def write_nan(path: Path) -> None:
    image = np.zeros((SIZE // 2, SIZE, 4), np.float16)
    image[5, 5] = (np.nan, 0, 0, 1)
    write_exr(path, image, 0)


@pytest.mark.parametrize(
    ("damage", "honest", "told"),
    [
        (truncate, False, "bytes"),
        (flip_a_bit, False, "SHA-256"),
        (shrink, True, "display window"),
        (write_nan, True, "NaN"),
        (truncate, True, ""),
    ],
)
def test_a_broken_piece_is_named_and_after_it_is_rendered_again_requeue_ends_the_job(
    workshop: Workshop,
    job: SyntheticJob,
    tmp_path: Path,
    damage: Callable[[Path], None],
    honest: bool,  # whether the receipt fits the broken file
    told: str,
) -> None:
    job.render()
    piece = next(job.files.plan.pieces(2))
    path = job.piece(piece)
    damage(path)
    if honest:
        job.write_receipt(piece)
    workshop.accept(job)
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "p00002-s00-e00" in record.reason
    assert told.lower() in record.reason.lower()
    assert f"flatiron requeue {JOB_ID}" in record.advice
    assert [item.state for item in record.passes] == [PassState.MERGED] * 2 + [PassState.FAILED] + [PassState.MERGED]
    assert "rejected" not in "".join(job.textures())
    for strip in job.files.plan.pieces(2):
        job.render_piece(strip, LATER)
    assert "queued again" in workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_requeue_twice_is_harmless_and_an_ended_job_says_so(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    assert "nothing of it waits" in workshop.desk.requeue(JOB_ID)
    job.render()
    workshop.live()
    with pytest.raises(StateError, match="is done"):
        workshop.desk.requeue(JOB_ID)


def test_rerender_throws_away_the_pieces_and_sends_only_their_tasks_again(
    workshop: Workshop, job: SyntheticJob
) -> None:
    job.render()
    flip_a_bit(job.piece(list(job.files.plan.pieces(3))[2]))
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.FAILED
    assert "rendered again" in workshop.desk.requeue(JOB_ID, rerender=True)
    workshop.work()
    assert state(workshop) is JobState.RENDERING
    assert [row[1] for row in workshop.farm.submissions[-1].task_rows] == ["7", "8"]
    assert workshop.farm.submissions[-1].name.endswith("-g2")
    job.render(passes=[3], attempt=LATER)
    workshop.live()
    assert state(workshop) is JobState.DONE, workshop.context.store.load(JOB_ID).reason


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


def test_complete_without_pieces_waits_for_the_share_and_then_names_the_pieces(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0, 1, 2])
    workshop.farm.delete(next(iter(workshop.farm.jobs().values())).handle)
    workshop.sweep()
    workshop.sweep()
    assert state(workshop) is JobState.RENDERING
    assert "does not know the job any more" in workshop.context.store.load(JOB_ID).farm_note
    workshop.sweep(seconds=20)
    workshop.work()
    workshop.sweep()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "pass 3 (Ball), strip 1 of 2, CompleteMap" in record.reason


def test_pieces_that_show_late_on_the_share_still_count(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.farm.delete(next(iter(workshop.farm.jobs().values())).handle)
    workshop.sweep()
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_farm_that_does_not_answer_holds_up_nothing_that_is_rendered(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.farm.unreachable = True
    job.render(passes=[0, 1])
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert len(record.passes_in(PassState.MERGED)) == 2
    assert record.state is JobState.RENDERING
    assert MANAGER in record.farm_note
    workshop.farm.unreachable = False
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_lost_answer_to_the_submission_never_gives_two_farm_jobs(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.farm.lose_next_answer = True
    workshop.accept(job)
    workshop.work()
    assert state(workshop) is JobState.SUBMITTED
    workshop.sweep(seconds=60)
    workshop.work()
    assert state(workshop) is JobState.RENDERING
    assert len(workshop.farm.submissions) == 1


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


def test_trouble_with_the_share_is_tried_again_a_few_times_and_then_told(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    layers = job.files.folder.layers
    layers.rmdir()
    layers.write_bytes(b"in the way")
    workshop.accept(job)
    workshop.live(sweeps=1)
    assert not workshop.context.store.load(JOB_ID).passes_in(PassState.FAILED), "it may pass by itself"
    for _ in range(4):
        workshop.sweep(seconds=61)
        workshop.work()
    workshop.sweep()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert {item.attempts for item in record.passes} == {workshop.context.settings.max_attempts}
    layers.unlink()
    layers.mkdir()
    workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_step_in_whose_middle_workers_keep_dying_fails_and_says_so(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    workshop.accept(job)
    workshop.work()
    for _ in range(DEATHS_BEFORE_FAILED + workshop.context.settings.max_attempts):
        workshop.context.store.count_attempt(JOB_ID, "passes", 1, "starts")
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "never ended" in record.reason
    assert [item.index for item in record.passes_in(PassState.FAILED)] == [1]


def test_a_farm_that_is_away_delays_the_clean_up_and_nothing_else(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    job.render()
    workshop.farm.unreachable = True
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.files.folder.path.exists()
    workshop.farm.unreachable = False
    workshop.sweep(seconds=300)
    workshop.work()
    assert not job.files.folder.path.exists()
    assert workshop.desk.job(JOB_ID).cleaned


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


def test_a_message_for_an_unknown_or_impossible_job_is_refused(workshop: Workshop) -> None:
    with pytest.raises(BadInputError, match="not the id"):
        accept.accept(workshop.context, "../../etc")


def test_manual_merge_refuses_early_lists_what_is_missing_and_touches_nothing(
    job: SyntheticJob, tmp_path: Path
) -> None:
    before = job.textures()
    for rendered in range(len(BOXES)):
        with pytest.raises(NotReadyError) as error:
            merge_by_hand(job.files.folder.description, settings_of(tmp_path))
        assert f"{len(BOXES) - rendered} of {len(BOXES)} passes" in str(error.value)
        assert "pass 3 (Ball)" in str(error.value)
        assert job.textures() == before
        job.render(passes=[rendered])
    merge_by_hand(job.files.folder.description, settings_of(tmp_path))
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_a_partial_merge_stands_beside_and_shows_its_holes(job: SyntheticJob, tmp_path: Path) -> None:
    before = job.textures()
    job.render(passes=[0, 2])
    report = merge_by_hand(job.files.folder.description, settings_of(tmp_path), partial=True)
    after = job.textures()
    assert {name: after[name] for name in before} == before
    partial = next(path for name, path, _ in report.textures if name == "CompleteMap.png")
    pixels = read_pixels(Path(partial))
    magenta = (pixels[..., 0] == 255) & (pixels[..., 1] == 0) & (pixels[..., 2] == 255)
    assert magenta.any()
    assert not magenta[0:20, 0:30].any(), "what is merged is shown as it is"
