"""Placeholders are placed all or not at all, and what they replaced is not lost before that."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.share.atomic import replace_file
from max_submitter.final_paths import place
from max_submitter.undo import Undo


def test_files_that_placeholders_replaced_come_back_when_one_cannot_be_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting = tmp_path / "a.png"
    painting.write_bytes(b"the artist's own")

    def fails_at_the_second(temporary: Path, final: Path) -> None:
        if final.name == "b.png":
            raise ShareError("The disk is full.")
        replace_file(temporary, final)

    monkeypatch.setattr("max_submitter.final_paths.replace_file", fails_at_the_second)
    with pytest.raises(ShareError, match="disk is full"), Undo() as undo:
        place(tmp_path, {"a.png": b"placeholder a", "b.png": b"placeholder b"}, undo=undo)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.png": b"the artist's own"}


def test_nothing_but_placeholders_is_left_when_all_are_placed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"an earlier texture")
    with Undo() as undo:
        place(tmp_path, {"a.png": b"placeholder a", "b.png": b"placeholder b"}, undo=undo)
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {"a.png": b"placeholder a", "b.png": b"placeholder b"}
