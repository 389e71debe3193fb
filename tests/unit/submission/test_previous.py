"""What placeholders replace is kept in the job folder until the job has ended."""

from __future__ import annotations

from pathlib import Path

from max_submitter.final_paths import keep_previous


def test_only_what_stands_there_is_kept_and_whole(tmp_path: Path) -> None:
    output, kept = tmp_path / "output", tmp_path / "kept"
    output.mkdir()
    kept.mkdir()
    (output / "a.png").write_bytes(b"an earlier texture")
    keep_previous(output, ["a.png", "b.png"], kept)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == {"a.png": b"an earlier texture"}
    assert (output / "a.png").read_bytes() == b"an earlier texture"
