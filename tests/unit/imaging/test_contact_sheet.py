"""Contact sheets show every format, in order, with labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatiron_tasks.contracts.elements import FILE_FORMATS
from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.imaging.compose import TextureSpec, compose
from flatiron_tasks.imaging.contact_sheet import contact_sheet
from tests.unit.imaging.image_examples import Array, covering, make_layer, read_samples

GREY = 188  # linear 0.5


def textures(folder: Path, side: int) -> list[tuple[str, Path]]:
    """The same grey picture in every format."""
    layer = make_layer(folder, "layer", covering(side, side, (0.5, 0.5, 0.5)))
    images = []
    for file_format, (ending, pixel_types, _) in FILE_FORMATS.items():
        for pixel_type in pixel_types:
            path = folder / f"{pixel_type}{ending}"
            texture = TextureSpec(
                width=side, height=side, kind="color", file_format=file_format, pixel_type=pixel_type, alpha=False
            )
            compose([layer], texture, path)
            images.append((path.name, path))
    return images


def middle_of_cell(sheet: Array, number: int, columns: int, cell: int) -> Array:
    left = 12 + number % columns * (cell + 12)
    top = 12 + number // columns * (cell + 38 + 12)
    return sheet[top : top + cell, left : left + cell]


@pytest.mark.parametrize("side", [300, 64, 20])
def test_all_formats_look_the_same_on_the_sheet(tmp_path: Path, side: int) -> None:
    images = textures(tmp_path, side)
    contact_sheet(images, tmp_path / "sheet.png", columns=4, cell=64)
    sheet = read_samples(tmp_path / "sheet.png")
    assert sheet.shape == (12 + -(-len(images) // 4) * (64 + 50), 12 + 4 * 76, 3)
    for number in range(len(images)):
        shown = middle_of_cell(sheet, number, 4, 64)
        assert np.abs(shown[5:-5, 5:-5].astype(int) - GREY).max() <= 1


def test_labels_are_drawn_under_the_pictures_and_stay_in_their_column(tmp_path: Path) -> None:
    picture = textures(tmp_path, 64)[0][1]
    sheets = []
    for label in ("wall", "w" * 200):
        contact_sheet([(label, picture), ("", picture)], tmp_path / "sheet.png", columns=2, cell=100)
        sheets.append(read_samples(tmp_path / "sheet.png"))
    for sheet in sheets:
        line = sheet[112:132]
        assert (line[:, 12:112] > 150).any()
        assert (line[:, 113:] < 60).all()
    assert not np.array_equal(sheets[0], sheets[1])


def test_the_picture_keeps_its_place_and_shape(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "layer", covering(10, 40, (1, 1, 1)), size=(40, 20))
    texture = TextureSpec(width=40, height=20, kind="data", file_format="png", pixel_type="uint8", alpha=False)
    compose([layer], texture, tmp_path / "t.png")
    contact_sheet([("t", tmp_path / "t.png")], tmp_path / "sheet.png", columns=5, cell=40)
    cell = middle_of_cell(read_samples(tmp_path / "sheet.png"), 0, 1, 40)
    assert (cell[10:20] == 255).all()
    assert (cell[20:30] == 0).all()
    assert (cell[:10] == 41).all()


def test_the_same_images_give_the_same_sheet(tmp_path: Path) -> None:
    images = textures(tmp_path, 30)
    for name in ("a.png", "b.png"):
        contact_sheet(images, tmp_path / name, columns=3, cell=40)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_nothing_to_show_and_unreadable_images_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="contact sheet"):
        contact_sheet([], tmp_path / "sheet.png", columns=3)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(RejectedPieceError, match=r"broken\.png"):
        contact_sheet([("broken", tmp_path / "broken.png")], tmp_path / "sheet.png", columns=3)
    assert not (tmp_path / "sheet.png").exists()
