"""An artist at work with the real panel, Redis, workers, farm and renderer: nothing is lost, whoever dies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.mark import find_mark
from max_submitter.panel.job_card import JobCard
from max_submitter.panel.panel import Panel
from max_submitter.session.artist_session import ArtistSession
from tests.panel.person import Person
from tests.panel.studio import Workplace
from workers.embedded.stack import EmbeddedStack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    os.environ.pop("FLATIRON_REDIS_URL", None)
    with EmbeddedStack(tmp_path_factory.mktemp("stack"), flower=False) as stack:
        yield stack


@pytest.fixture
def make_workplace(tmp_path: Path, stack: EmbeddedStack, person: Person) -> Callable[[str], Workplace]:
    artist = f"artist of {tmp_path.name}"  # who sees the jobs of this test alone
    return lambda machine: Workplace(tmp_path / machine, stack, person, artist=artist)


def only_card(panel: Panel) -> JobCard:
    (card,) = panel.jobs.cards.values()
    return card


def mark_of(path: Path) -> str:
    mark = find_mark(path)
    return mark.kind if mark else "none"


def press_bake(place: Workplace, panel: Panel) -> str:
    """Mend what can be mended, press Bake, and give the job's id when the panel shows it."""
    bar = panel.preflight.bar
    place.wait(lambda: panel.preflight.rows.rows or bar.bake.isEnabled(), "preflight has looked")
    for row in list(panel.preflight.rows.rows):
        if not row.fix.isHidden():
            place.person.click(row.fix)
    place.wait(bar.bake.isEnabled, f"Bake is enabled; it is not because: {bar.reason.text()}")
    place.person.click(bar.bake)
    session = panel._session
    assert isinstance(session, ArtistSession)
    place.wait(lambda: set(session.submitted()) & set(panel.jobs.cards), "the job is listed")
    return session.submitted()[0]


def test_fill_in_mend_bake_close_and_find_the_result_at_the_next_start(
    make_workplace: Callable[[str], Workplace], stack: EmbeddedStack
) -> None:
    place = make_workplace("workstation")
    panel = place.open()
    place.fill_in(panel)
    place.wait(
        lambda: any("folder" in row.what.text().lower() for row in panel.preflight.rows.rows),
        "preflight finds that the output folder is missing",
    )
    assert not panel.preflight.bar.bake.isEnabled()
    job_id = press_bake(place, panel)
    texture = place.textures / "props_CompleteMap.png"
    place.wait(lambda: place.scene.bitmaps_showing(texture), "the scene shows the placeholder")
    place.close(panel)
    desk = Desk.open(stack.settings)
    place.wait(lambda: desk.is_known(job_id) and desk.job(job_id).state == "done", "the farm ends it without the panel")
    assert mark_of(texture) == "texture"
    reloads = len(place.scene.called("reload"))
    panel = place.open()
    place.wait(lambda: len(place.scene.called("reload")) > reloads, "the result is applied")
    place.wait(lambda: panel.jobs.cards and only_card(panel).state.text() == "Done", "the list says so")
    bitmap = next(item for item in place.scene.world.bitmaps() if item.path == texture)
    assert bitmap.reads >= 2
    place.close(panel)


def test_a_job_is_watched_to_its_end_without_a_key_being_pressed(make_workplace: Callable[[str], Workplace]) -> None:
    place = make_workplace("workstation")
    panel = place.open()
    place.fill_in(panel)
    press_bake(place, panel)
    seen: set[str] = set()

    def is_done() -> bool:
        seen.add(only_card(panel).state.text())
        return only_card(panel).state.text() == "Done"

    place.wait(is_done, f"the card says Done; so far {seen}")
    assert len(seen) > 1
    place.wait(lambda: "in the scene" in " ".join(panel_notes(panel)), "the artist is told")
    assert mark_of(place.textures / "props_CompleteMap.png") == "texture"
    place.close(panel)


def test_two_machines_of_one_artist_list_each_others_jobs_and_touch_their_own_scenes_only(
    make_workplace: Callable[[str], Workplace],
) -> None:
    first, second = make_workplace("first"), make_workplace("second")
    panels = {first: first.open(), second: second.open()}
    for place, panel in panels.items():
        place.fill_in(panel)
    jobs = {place: press_bake(place, panel) for place, panel in panels.items()}
    assert len(set(jobs.values())) == 2
    for place, panel in panels.items():
        place.wait(
            lambda panel=panel: [card.state.text() for card in panel.jobs.cards.values()] == ["Done", "Done"],  # type: ignore[misc]
            "both jobs are done in both lists",
        )
    for place in panels:
        own = place.textures / "props_CompleteMap.png"
        place.wait(lambda place=place, own=own: (own,) in place.scene.called("reload"), "its own result is applied")  # type: ignore[misc]
        foreign = {call for call in place.scene.called("reload") if call != (own,)}
        assert foreign == set()
    for place, panel in panels.items():
        place.close(panel)


def panel_notes(panel: Panel) -> list[str]:
    return [note for row in panel._session.jobs() for note in row.notes]
