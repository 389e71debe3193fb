"""The contract suite notices a scene port that does not keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from max_submitter.scene.facts import Assignment, ObjectGroup, RendererFacts, UvTriangles
from max_submitter.scene.port import SceneChange
from max_submitter.testing.fake_builder import FakeBuilder
from max_submitter.testing.fake_scene import FakeScene
from max_submitter.testing.fake_world import FakeBitmap
from max_submitter.testing.scene_contract import CHECKS
from max_submitter.testing.scene_under_test import SceneUnderTest

_RUN = {check.name: check.run for check in CHECKS}


class _CopyBecomesTheScene(FakeScene):
    def save_copy(self, path: Path) -> None:
        super().save_copy(path)
        self.world.path = path


class _CopyClearsTheFlag(FakeScene):
    def save_copy(self, path: Path) -> None:
        super().save_copy(path)
        self.world.is_modified = False


class _CopyIsTold(FakeScene):
    def save_copy(self, path: Path) -> None:
        super().save_copy(path)
        self.emit("saved")


class _StepPerAssignment(FakeScene):
    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        return tuple(told for item in assignments for told in super(_StepPerAssignment, self).assign([item], label))


class _ChannelForgotten(FakeScene):
    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        told = super().assign(assignments, label)
        for bitmap in self.world.bitmaps():
            bitmap.uv_channel = 1
        return told


class _NeverAShell(FakeScene):
    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        plain = [Assignment(item.handle, item.slot, item.path, item.uv_channel, False) for item in assignments]
        return super().assign(plain, label)


class _ChangesSharedMaterials(FakeScene):
    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        for item in assignments:
            found = self.world.find(item.handle)
            if found is not None and found.source is not None:
                found.source.slots[item.slot] = FakeBitmap(item.path, item.uv_channel)
        return ()


class _RelinksToAnything(FakeScene):
    def relink(self, old: Path, new: Path) -> int:
        for bitmap in self._showing(old):
            bitmap.path = new
        return 1


class _NotesAreNumbers(FakeScene):
    def read_note(self, key: str) -> str:
        text = super().read_note(key)
        return str(float(text)) if text.isdigit() else text


class _NotesAlwaysModify(FakeScene):
    def write_note(self, key: str, text: str) -> None:
        super().write_note(key, text)
        self.world.is_modified = True


class _SelectionAsClicked(FakeScene):
    def selection(self) -> ObjectGroup:
        return ObjectGroup("", self._facts(self.world.selected))


class _LimitIgnored(FakeScene):
    def uv_slices(self, handle: int, channel: int, limit: int) -> Iterator[UvTriangles]:
        return super().uv_slices(handle, channel, 1_000)


class _RefusesWithoutReason(FakeScene):
    def renderer(self) -> RendererFacts:
        return RendererFacts("Corona", can_bake=False, reason="", elements=(), exposure="none")


class _ListensForEver(FakeScene):
    def on_change(self, callback: Callable[[SceneChange], None]) -> Callable[[], None]:
        super().on_change(callback)
        return lambda: None


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (_CopyBecomesTheScene, "a_copy_leaves_file_and_state_alone"),
        (_CopyClearsTheFlag, "a_copy_leaves_file_and_state_alone"),
        (_CopyIsTold, "a_copy_is_no_change_of_the_scene"),
        (_StepPerAssignment, "all_assignments_are_one_step_of_undo"),
        (_ChangesSharedMaterials, "objects_that_share_a_material_show_their_own_maps"),
        (_ChangesSharedMaterials, "an_object_that_is_not_baked_looks_as_before"),
        (_ChannelForgotten, "an_assigned_texture_is_shown_on_its_channel"),
        (_NeverAShell, "a_shell_keeps_the_original_and_takes_every_texture"),
        (_RelinksToAnything, "nothing_is_relinked_to_a_file_that_is_not_there"),
        (_RelinksToAnything, "a_relinked_bitmap_shows_the_other_file"),
        (_NotesAreNumbers, "a_note_stays_the_text_it_was"),
        (_NotesAlwaysModify, "only_another_text_makes_the_scene_modified"),
        (_SelectionAsClicked, "the_selection_comes_in_scene_order"),
        (_LimitIgnored, "texture_coordinates_stop_at_the_limit"),
        (_RefusesWithoutReason, "the_renderer_offers_elements_or_says_why_not"),
        (_ListensForEver, "a_listener_hears_until_it_ends"),
    ],
)
def test_a_broken_port_is_caught(broken: type[FakeScene], check: str, tmp_path: Path) -> None:
    scene = broken()
    with pytest.raises(AssertionError, match=r"\."):
        _RUN[check](SceneUnderTest(scene, FakeBuilder(scene), tmp_path))
