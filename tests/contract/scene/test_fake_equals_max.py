"""Whatever an artist and a bake do, the fake scene and MaxScene (on the fake of pymxs) tell the same."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from max_submitter.scene.facts import Assignment
from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.fake_builder import FakeBuilder
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime
from max_submitter.testing.fake_scene import FakeScene
from max_submitter.testing.max_builder import MaxBuilder
from max_submitter.testing.scene_under_test import SceneUnderTest

OBJECTS = 3
SLOTS = ("Diffuse Color", "Bump")
TEXTURES = ("a.png", "b.png", "c.png")

which = st.integers(0, OBJECTS - 1)
texture = st.sampled_from(TEXTURES)
assignment = st.tuples(which, st.sampled_from((*SLOTS, "No Such Slot")), texture, st.integers(1, 3), st.booleans())
action = st.one_of(
    st.tuples(st.just("assign"), st.lists(assignment, min_size=1, max_size=4)),
    st.tuples(st.just("relink"), st.tuples(texture, texture)),
    st.tuples(st.just("rename"), st.tuples(which, st.sampled_from(("Keep", "Gate")))),
    st.tuples(st.just("undo"), st.none()),
)


class Session:
    """One of the two scenes, and what can be seen of it."""

    def __init__(self, scene: SceneUnderTest) -> None:
        self.scene = scene
        self.handles = [scene.builder.add_object(f"Object {index}") for index in range(OBJECTS)]

    def share(self, owner: int, other: int) -> None:
        """Before all else: an artist's own change would be a step of undo."""
        self.scene.builder.share_material(self.handles[owner], self.handles[other])

    def do(self, name: str, detail: object) -> object:
        return getattr(self, f"_{name}")(*(detail if isinstance(detail, tuple) else (detail,)))

    def seen(self) -> object:
        """Everything but handles."""
        port, builder = self.scene.port, self.scene.builder
        objects = [(facts.name, facts.slots[:2], facts.has_shell) for facts in port.objects(self.handles)]
        sides = [(handle, slot, baked) for handle in self.handles for slot in SLOTS for baked in (False, True)]
        shown = [builder.shown(handle, slot, baked=baked) for handle, slot, baked in sides]
        return objects, shown, [port.bitmaps_showing(self._path(name)) for name in TEXTURES]

    def _path(self, name: str) -> Path:
        return self.scene.folder / name

    def _assign(self, wanted: Sequence[tuple[int, str, str, int, bool]]) -> object:
        assignments = [
            Assignment(self.handles[index], slot, self._path(name), channel, shell)
            for index, slot, name, channel, shell in wanted
        ]
        return len(self.scene.port.assign(assignments, "Bake"))

    def _relink(self, old: str, new: str) -> int:
        return self.scene.port.relink(self._path(old), self._path(new))

    def _rename(self, index: int, name: str) -> None:
        self.scene.port.rename(self.handles[index], name)

    def _undo(self, _: None) -> bool:
        try:
            self.scene.builder.undo()
        except IndexError:
            return False
        return True


def sessions(folder: Path) -> tuple[Session, Session]:
    fake, runtime = FakeScene(), FakeArtistRuntime()
    made = SceneUnderTest(fake, FakeBuilder(fake), folder)
    for name in TEXTURES:
        (folder / name).write_bytes(name.encode())
    port = MaxScene(FakeArtistPymxs(runtime))
    return Session(made), Session(SceneUnderTest(port, MaxBuilder(runtime), folder))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(which, which), max_size=2), st.lists(action, max_size=12))
def test_both_scenes_tell_the_same_after_every_action(
    shares: list[tuple[int, int]], actions: list[tuple[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fake, real = sessions(Path(folder))
        for owner, other in shares:
            fake.share(owner, other)
            real.share(owner, other)
        for name, detail in actions:
            assert fake.do(name, detail) == real.do(name, detail)
            assert fake.scene.port.scene_file() == real.scene.port.scene_file()
            assert fake.seen() == real.seen()
