"""A manager that never answers about one job: the others are seen in every sweep, and the job says so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmProtocolError, FarmUnreachableError
from flatiron_tasks.pipeline.farm_port import FarmJobProgress, FarmJobView
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import SyntheticJob, make_job

IDS = [f"20260131-142501-0000000{number}" for number in range(4)]


class Deaf(FakeFarm):
    """A farm whose connection breaks, until it is opened anew, whenever it is asked about some of its jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf_to: set[str] = set()
        self.garbles: set[str] = set()
        self.asked: list[str] = []
        self.is_cut = False

    def jobs(self) -> Mapping[str, FarmJobView]:
        """Each sweep opens the connection anew."""
        self.is_cut = False
        return super().jobs()

    def progress(self, handle: str) -> FarmJobProgress | None:
        """Breaks the connection about some jobs."""
        if not self.is_cut:
            self.asked.append(handle)
        if handle in self.garbles:
            self.is_cut = True
            raise FarmProtocolError("The fake farm says something that nobody can read, and hangs up.")
        if self.is_cut or handle in self.deaf_to:
            self.is_cut = True
            raise FarmUnreachableError("The fake farm gives no answer.")
        return super().progress(handle)


@pytest.fixture
def farm() -> Deaf:
    return Deaf()


@pytest.fixture
def jobs(workshop: Workshop, farm: Deaf, tmp_path: Path) -> list[SyntheticJob]:
    """Four jobs on the farm, never looked at there."""
    workshop.farm = farm
    made = [make_job(tmp_path, job_id=job_id, strips=1, names=("Wall", "Floor")) for job_id in IDS]
    for job in made:
        workshop.accept(job)
    workshop.work()
    return made


def handle_of(farm: FakeFarm, job_id: str) -> str:
    return farm.jobs()[f"flatiron-{job_id}"].handle


def move_all(farm: Deaf) -> None:
    """Something new is to be told about every job."""
    for view in farm.jobs().values():
        farm.suspend(view.handle) if view.state.value == "waiting" else farm.activate(view.handle)


def test_a_job_about_which_the_manager_never_answers_blinds_others_once_at_most(
    workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]
) -> None:
    del jobs
    silent, *others = (handle_of(farm, job_id) for job_id in IDS)
    farm.deaf_to = {silent}
    workshop.sweep()
    for _ in range(8):
        move_all(farm)
        farm.asked.clear()
        workshop.sweep(seconds=20)
        assert set(others) <= set(farm.asked)
        assert farm.asked[-1] == silent or silent not in farm.asked


def test_several_such_jobs_take_turns_and_come_last(workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]) -> None:
    del jobs
    handles = [handle_of(farm, job_id) for job_id in IDS]
    farm.deaf_to = set(handles[:2])
    workshop.sweep()
    workshop.sweep()
    last = []
    for _ in range(4):
        move_all(farm)
        farm.asked.clear()
        workshop.sweep(seconds=700)
        assert set(handles[2:]) <= set(farm.asked)
        last.append(farm.asked[-1])
    assert last[:2] == last[2:]
    assert set(last) == farm.deaf_to


def test_such_a_job_says_so_is_left_alone_for_a_while_and_makes_no_outage(
    workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]
) -> None:
    del jobs
    silent = handle_of(farm, IDS[0])
    farm.deaf_to = {silent}
    workshop.sweep()
    assert "gave no answer about this job" in workshop.context.store.load(IDS[0]).farm_note
    assert not workshop.desk.troubles()
    farm.asked.clear()
    for _ in range(11):
        workshop.sweep()
    assert silent not in farm.asked
    workshop.sweep()
    assert silent in farm.asked


def test_what_such_a_job_has_rendered_is_merged_and_it_ends(
    workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]
) -> None:
    farm.deaf_to = {handle_of(farm, IDS[0])}
    jobs[0].render(passes=[0])
    workshop.live(sweeps=2)
    assert len(workshop.context.store.load(IDS[0]).passes_in(PassState.MERGED)) == 1
    jobs[0].render()
    workshop.sweep(seconds=700)
    workshop.live()
    assert workshop.context.store.load(IDS[0]).state is JobState.DONE


def test_a_job_that_is_answered_about_again_is_like_any_other(
    workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.deaf_to = {handle_of(farm, IDS[0])}
    workshop.sweep()
    assert workshop.context.store.sweeps.health(MANAGER).silent_jobs == (IDS[0],)
    farm.deaf_to = set()
    workshop.sweep(seconds=70)
    assert workshop.context.store.sweeps.health(MANAGER).silent_jobs == ()
    assert workshop.context.store.load(IDS[0]).sighting is not None


def test_a_job_whose_answer_breaks_the_connection_is_blamed_and_not_the_one_after_it(
    workshop: Workshop, farm: Deaf, jobs: list[SyntheticJob]
) -> None:
    del jobs
    farm.garbles = {handle_of(farm, IDS[0])}
    workshop.sweep()
    assert workshop.context.store.sweeps.health(MANAGER).silent_jobs == (IDS[0],)
    workshop.sweep()
    assert all(workshop.context.store.load(job_id).sighting for job_id in IDS[1:])
