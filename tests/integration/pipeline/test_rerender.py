"""Rendered again means: new pixels in every texture, whatever the old attempts still do."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.pipeline.farm_port import FarmJob
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.pipeline.steps import accept
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.share_contents import beside_proofs
from tests.synthetic_job import BOXES, JOB_ID, SyntheticJob, attempt_token, make_job

NEW = 5
EVERY = tuple(range(len(BOXES)))


def failed_with_one_texture_delivered(workshop: Workshop, job: SyntheticJob) -> None:
    """Somebody's files stand at both names of the second texture, so it cannot be delivered."""
    for name in ("NormalsMap.exr", f"NormalsMap.flatiron-{JOB_ID}.exr"):
        (job.output_folder / name).write_bytes(b"somebody's")
    job.render()
    workshop.accept(job)
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.FAILED
    for name in ("NormalsMap.exr", f"NormalsMap.flatiron-{JOB_ID}.exr"):
        (job.output_folder / name).unlink()
    (job.output_folder / "NormalsMap.exr").write_bytes(b"still somebody's")


def inverted_bake(folder: Path, client: redis.Redis, clock: MovingClock) -> bytes:
    folder.mkdir()
    job = make_job(folder)
    alone = Workshop(client, clock, job.network_folder)
    job.render(inverted=True)
    alone.accept(job)
    alone.live()
    client.flushdb()
    return (job.output_folder / "CompleteMap.png").read_bytes()


def test_every_texture_shows_the_new_pixels_also_one_that_was_delivered(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path, client: redis.Redis, clock: MovingClock
) -> None:
    expected = inverted_bake(tmp_path / "alone", client, clock)
    failed_with_one_texture_delivered(workshop, job)
    before = (job.output_folder / "CompleteMap.png").read_bytes()
    assert "4 passes, to be rendered again" in workshop.desk.requeue(JOB_ID, EVERY, rerender=True)
    workshop.work()
    job.render(attempt=NEW, inverted=True)
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE
    assert (job.output_folder / "CompleteMap.png").read_bytes() == expected != before
    assert (job.output_folder / "NormalsMap.exr").read_bytes() == b"still somebody's"


def test_a_node_that_comes_back_late_with_an_old_attempt_changes_nothing(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path, client: redis.Redis, clock: MovingClock
) -> None:
    expected = inverted_bake(tmp_path / "alone", client, clock)
    failed_with_one_texture_delivered(workshop, job)
    (job.files.folder.work / attempt_token(0, 0, 2)).mkdir()  # a node is at it while the rerender is asked for
    workshop.desk.requeue(JOB_ID, EVERY, rerender=True)
    workshop.work()
    job.render(passes=[0], attempt=1)
    job.render_piece(next(job.files.plan.pieces(0)), attempt=2)
    workshop.live(sweeps=1)
    assert workshop.context.store.load(JOB_ID).passes[0].state is PassState.WAITING
    job.render(attempt=NEW, inverted=True)
    workshop.live()
    assert (job.output_folder / "CompleteMap.png").read_bytes() == expected


def test_a_layer_that_got_lost_or_damaged_is_merged_again_by_itself(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0, 1, 2])
    workshop.live(sweeps=1)
    job.files.folder.layer(1, 0).unlink()
    damaged = job.files.folder.layer(2, 1)
    data = bytearray(damaged.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    job.render(passes=[3])
    for _ in range(6):
        workshop.sweep(seconds=31)
        workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE


def test_requeue_sends_to_the_farm_what_it_gave_up_without_throwing_away_what_is_there(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[0, 2])
    workshop.farm.vanish(next(iter(workshop.farm.jobs().values())).handle)
    for _ in range(3):
        workshop.sweep(seconds=20)
        workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.FAILED
    assert "2 passes" in workshop.desk.requeue(JOB_ID)
    workshop.work()
    assert [row[1] for row in workshop.farm.submissions[-1].task_rows] == ["3", "4", "7", "8"]
    job.render(passes=[1, 3])
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE
    assert not workshop.farm.jobs()


def test_a_record_lost_after_a_rerender_adopts_the_new_farm_job_and_leaves_none(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    failed_with_one_texture_delivered(workshop, job)
    workshop.desk.requeue(JOB_ID, EVERY, rerender=True)
    workshop.work()
    client.flushdb()
    workshop.messages.clear()
    accept.accept_forgotten(workshop.context)
    workshop.work()
    assert len(workshop.farm.jobs()) == 1
    assert workshop.context.store.load(JOB_ID).generation == 2
    job.render(attempt=NEW, inverted=True)
    workshop.live()
    assert workshop.context.store.load(JOB_ID).state is JobState.DONE
    assert not workshop.farm.jobs()


def test_a_job_cancelled_while_it_is_handed_over_leaves_nothing_on_the_farm(
    workshop: Workshop, job: SyntheticJob
) -> None:
    submit = workshop.farm.submit

    def cancelled_meanwhile(job: FarmJob) -> str:
        handle = submit(job)
        workshop.desk.cancel(JOB_ID)
        for step in list(workshop.messages):
            if step.name == "cancel":
                workshop.run(step)
        return handle

    workshop.farm.submit = cancelled_meanwhile  # type: ignore[method-assign]  # the seam between two processes
    workshop.accept(job)
    workshop.work()
    workshop.sweep(seconds=61)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLED
    assert not workshop.farm.jobs()
    assert not job.files.folder.path.exists()


def test_a_job_that_was_being_cancelled_is_still_cancelled_after_the_loss_of_redis(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.farm.unreachable = True
    workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert "fake farm is away" in workshop.desk.job(JOB_ID).sentence
    client.flushdb()
    assert accept.accept_forgotten(workshop.context) == [JOB_ID]
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLING


def test_a_share_that_is_away_is_not_taken_for_a_folder_that_is_gone(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    away = job.network_folder.with_name("away")
    job.network_folder.rename(away)
    workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLING
    assert "is not there" in workshop.desk.job(JOB_ID).sentence
    away.rename(job.network_folder)
    workshop.sweep(seconds=61)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLED
    assert beside_proofs(job.network_folder) == []


def test_a_description_that_nobody_can_read_does_not_keep_a_job_from_being_cancelled(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    job.files.folder.description.write_text("{")
    workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert workshop.context.store.load(JOB_ID).state is JobState.CANCELLED
    assert str(job.files.folder.path) in workshop.context.store.load(JOB_ID).leftovers


def test_a_collectable_texture_that_was_damaged_can_be_made_again(
    client: redis.Redis, clock: MovingClock, tmp_path: Path
) -> None:
    job = make_job(tmp_path, job_id="20260131-142501-0ther000", output_visible=False)
    workshop = Workshop(client, clock, job.network_folder)
    job.render()
    workshop.accept(job)
    workshop.live()
    texture = job.files.folder.finished_texture("CompleteMap.png")
    whole = texture.read_bytes()
    texture.write_bytes(b"damaged")
    assert "2 textures" in workshop.desk.requeue(job.files.job.job_id)
    workshop.live()
    assert texture.read_bytes() == whole
    assert workshop.context.store.load(job.files.job.job_id).state is JobState.READY_TO_COLLECT


def test_remarks_about_a_texture_survive_a_repeated_delivery_and_nothing_covered_is_a_remark(
    client: redis.Redis, clock: MovingClock, tmp_path: Path
) -> None:
    job = make_job(tmp_path, job_id="20260131-142501-blank000", names=("Floor", "Nothing"))
    workshop = Workshop(client, clock, job.network_folder)
    workshop.accept(job)
    workshop.work()
    job.render()
    workshop.live()
    sentences = [event.sentence for _, event in workshop.desk.events("0", block_seconds=0)]
    assert any("CompleteMap of Nothing covers no texel of the map." in sentence for sentence in sentences)


def test_a_job_that_the_front_desk_refused_says_why(workshop: Workshop) -> None:
    unknown = "20260131-000000-00000000"
    with pytest.raises(Exception, match="not in any network folder"):
        accept.accept(workshop.context, unknown)
    assert "not in any network folder" in workshop.desk.refusal(unknown)
    with pytest.raises(StateError, match="have refused"):
        workshop.desk.job(unknown)
