"""What a contract check of the scene port gets: the port, a builder, an empty folder. No test tool is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.placeholder import placeholder_bytes
from max_submitter.scene.facts import SceneObject
from max_submitter.scene.port import ScenePort

MaterialKind = Literal["standard", "physical"]
SLOTS: dict[MaterialKind, tuple[str, str]] = {
    "standard": ("Diffuse Color", "Bump"),
    "physical": ("Base Color", "Roughness"),
}
"""Two slots of every kind, as 3ds Max names them."""


@dataclass(frozen=True)
class ShownTexture:
    """What a slot shows."""

    path: Path
    uv_channel: int


class SceneBuilder(Protocol):
    """What the artist does by hand before and after a call of the port."""

    def reset(self) -> None:
        """Begin an empty scene without a file."""
        ...

    def add_object(self, name: str, material: MaterialKind | None = "standard") -> int:
        """Make an object of two triangles that fill the map of UV channel 1. Returns its handle."""
        ...

    def share_material(self, owner: int, other: int) -> None:
        """Give an object the material of another one."""
        ...

    def group(self, name: str, handles: Sequence[int]) -> None:
        """Make a named selection set."""
        ...

    def select(self, handles: Sequence[int]) -> None:
        """Select objects in this order."""
        ...

    def delete(self, handle: int) -> None:
        """Delete an object."""
        ...

    def save_as(self, path: Path) -> None:
        """Give the scene a file."""
        ...

    def undo(self) -> None:
        """Take one step back."""
        ...

    def shown(self, handle: int, slot: str, *, baked: bool) -> ShownTexture | None:
        """What a slot of the object's material shows; of one side of a Shell material where there is one."""
        ...


@dataclass(frozen=True)
class SceneUnderTest:
    """A port and what builds its scene."""

    port: ScenePort
    builder: SceneBuilder
    folder: Path
    """Empty, writable."""

    def texture(self, name: str) -> Path:
        """A small PNG with content of its own."""
        path = self.folder / name
        path.write_bytes(
            placeholder_bytes(
                width=64,
                height=64,
                file_format="png",
                pixel_type="uint8",
                alpha=False,
                kind="color",
                job_name=name,
                mark=name,
            )
        )
        return path

    def facts(self, handle: int) -> SceneObject:
        """The object as the port sees it."""
        (facts,) = self.port.objects((handle,))
        return facts


@dataclass(frozen=True)
class ContractCheck:
    """One guarantee of the port; `run` raises AssertionError with a sentence if it does not hold."""

    name: str
    run: Callable[[SceneUnderTest], None]


def expect(holds: bool, sentence: str) -> None:
    """Raise AssertionError with a sentence unless it holds."""
    if not holds:
        raise AssertionError(sentence)


def expect_equal(found: object, wanted: object, sentence: str) -> None:
    """Raise AssertionError with a sentence and both values unless they are equal."""
    expect(found == wanted, f"{sentence}: {found!r} instead of {wanted!r}.")


def expect_scene_error(call: Callable[[], object], sentence: str) -> None:
    """Raise AssertionError with a sentence unless the call raises SceneError."""

    try:
        call()
    except SceneError as error:
        expect(bool(error.what), f"{sentence}: the error says nothing.")
    else:
        raise AssertionError(sentence)
