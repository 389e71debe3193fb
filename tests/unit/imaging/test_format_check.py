"""The check of image formats passes here, and names what a broken OpenImageIO cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging import format_check
from flatiron_tasks.imaging.image_input import ImageFile


def test_every_format_that_we_deliver_is_written_and_read_here() -> None:
    assert format_check.troubles_by_format() == dict.fromkeys(("png", "tiff", "tga", "jpeg", "exr"), "")


def test_a_format_without_a_writer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_check, "FORMAT_NAMES", {"exr": "no-such-format", "png": "png"})
    troubles = format_check.troubles_by_format()
    assert troubles["exr"].startswith("OpenImageIO has no writer for exr")
    assert troubles["png"] == ""


def test_pixels_that_come_back_differently_are_a_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "rows", lambda *_: np.zeros((8, 8, 3)))
    assert format_check.troubles_by_format()["tiff"] == "tiff reads back differently."


def test_a_format_without_a_reader_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(*_: object) -> None:
        raise RejectedPieceError("trial.exr is not a readable image", why="no plug-in")

    monkeypatch.setattr(ImageFile, "rows", rows)
    assert "no plug-in" in format_check.troubles_by_format()["exr"]
