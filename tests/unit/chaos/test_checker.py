"""The checker shares no code with what it checks, and notices what must not be."""

from __future__ import annotations

import ast
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.chaos import checker
from workers.chaos.checker import events, leftovers, textures
from workers.chaos.checker.decoys import Decoys
from workers.chaos.checker.growth import TOO_SHORT, Growth
from workers.chaos.checker.jobs import Ending, check_ending
from workers.chaos.checker.pictures import decode
from workers.chaos.checker.redis_memory import RedisMemory

ROOT = Path(checker.__file__).parent
RENDERER = ROOT.parent / "renderer.py"


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_checker_imports_nothing_of_the_pipeline() -> None:
    files = sorted(ROOT.glob("*.py"))
    assert len(files) > 5
    ours = {
        name
        for file in files
        for name in imported(file)
        if name.split(".")[0] in ("flatiron_tasks", "max_submitter", "workers")
    }
    assert all(f"{name}.".startswith("workers.chaos.checker.") for name in ours), ours


@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_the_renderer_writes_what_the_checkers_own_formula_says(pixel_type: str, tmp_path: Path) -> None:
    output = {"element": "AO", "width": 70, "height": 40, "row_begin": 0, "row_end": 40, "pixel_type": pixel_type}
    output["path"] = str(tmp_path / "a.exr")
    names = ("Map1.0of2", "Map1.1of2")
    task = {"objects": [{"name": name} for name in names], "map_index": 1, "frame": 0, "outputs": [output]}
    (tmp_path / "task.json").write_text(json.dumps(task), "utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "CHAOS_ORDERS"}
    command = [sys.executable, "-I", "-S", str(RENDERER), str(tmp_path / "task.json")]
    subprocess.run(command, check=True, timeout=30, env=environment)
    picture, covered = textures.expected(70, 40, "Map1", 2, "AO")
    assert covered.sum() == 38 * 66
    np.testing.assert_array_equal(decode((tmp_path / "a.exr").read_bytes()), picture)


@given(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from([8, 16]), st.lists(st.integers(0, 4), min_size=9, max_size=9)
)
def test_a_png_decodes_whatever_its_filters(width: int, height: int, depth: int, filters: list[int]) -> None:
    samples = np.random.default_rng(width * 10 + height).integers(0, 2**depth, (height, width, 4))
    rows = samples.astype(">u2" if depth == 16 else "u1")
    np.testing.assert_array_equal(decode(png(rows, depth, filters)), samples / (2**depth - 1))


def png(rows: Any, depth: int, filters: list[int]) -> bytes:
    step = depth // 2
    raw, before = b"", bytes(rows.shape[1] * step)
    for y, row in enumerate(rows):
        plain = row.tobytes()
        raw += bytes([filters[y]]) + filtered(filters[y], plain, before, step)
        before = plain
    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], depth, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def filtered(kind: int, row: bytes, before: bytes, step: int) -> bytes:
    out = bytearray()
    for i, value in enumerate(row):
        a, b = row[i - step] if i >= step else 0, before[i]
        c = before[i - step] if i >= step else 0
        p = a + b - c
        nearest = a if abs(p - a) <= min(abs(p - b), abs(p - c)) else b if abs(p - b) <= abs(p - c) else c
        out.append((value - (0, a, b, (a + b) // 2, nearest)[kind]) & 0xFF)
    return bytes(out)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def event(sequence: int, state: str, kind: str = "state", done: int = 0) -> dict[str, Any]:
    counts = {"textures_total": 1, "textures_done": done}
    return {"job_id": "job-0001", "sequence": sequence, "state": state, "kind": kind, **counts}


STORY = [
    ("1-0", event(1, "submitted")),
    ("2-0", event(2, "rendering")),
    ("3-0", event(3, "merging")),
    ("4-0", event(4, "delivering")),
    ("5-0", event(5, "delivering", "texture", 1)),
    ("6-0", event(6, "done", done=1)),
]


def test_a_whole_story_is_no_violation() -> None:
    assert events.check_events(STORY, []) == []


@pytest.mark.parametrize("lost", range(5))
def test_a_lost_event_is_noticed(lost: int) -> None:
    assert events.check_events([*STORY[:lost], *STORY[lost + 1 :]], [])


@pytest.mark.parametrize("doubled", range(6))
def test_a_doubled_event_is_noticed(doubled: int) -> None:
    assert events.check_events([*STORY[: doubled + 1], *STORY[doubled:]], [])


def test_a_flush_lets_numbering_begin_again() -> None:
    second = [(f"{int(entry[0]) + 10}-0", item) for entry, item in STORY]
    assert events.check_events([*STORY[:3], *second], [10]) == []
    assert events.check_events([*STORY[:3], *second], []) != []


def test_a_jump_of_states_is_noticed() -> None:
    story = [STORY[0], ("2-0", event(2, "delivering"))]
    assert "submitted became delivering" in events.check_events(story, [])[0].what


def test_changed_bytes_missing_and_surplus_files_are_noticed(tmp_path: Path) -> None:
    reference, output = tmp_path / "right", tmp_path / "found"
    for folder in (reference, output):
        folder.mkdir()
        (folder / "a.png").write_bytes(b"the same")
    assert textures.check_delivery("job", output, reference) == []
    (output / "a.png").write_bytes(b"the sane")
    (output / ".b.tmp").touch()
    (reference / "c.png").touch()
    assert len(textures.check_delivery("job", output, reference)) == 3


def test_a_foreign_file_that_is_touched_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    decoys = Decoys(tmp_path / "share", tmp_path / "outside")
    decoys.plant()
    assert decoys.check() == []
    assert leftovers.check_share(tmp_path / "share", decoys, ()) == []
    next(iter(decoys.planted)).write_text("mine now", "utf-8")
    next(iter(decoys.links)).unlink()
    assert len(decoys.check()) == 2


def test_what_is_left_on_the_share_is_noticed(tmp_path: Path) -> None:
    decoys = Decoys(tmp_path / "share", tmp_path / "outside")
    (tmp_path / "share" / "flatiron-20260101-000000-00000000").mkdir(parents=True)
    (tmp_path / "share" / "flatiron-20260102-000000-00000000").mkdir()
    found = leftovers.check_share(tmp_path / "share", decoys, ["flatiron-20260102-000000-00000000"])
    assert [item.job_id for item in found] == ["20260101-000000-00000000"]


@pytest.mark.parametrize(
    ("ending", "is_right"),
    [
        (Ending("done", is_cleaned=True), True),
        (Ending("done"), False),
        (Ending("rendering"), False),
        (Ending("failed", "no renderer", "add one"), False),
        (Ending("cancelled", is_cleaned=True), False),
        (Ending("gone"), True),
    ],
)
def test_a_job_that_ends_otherwise_than_it_must_is_noticed(ending: Ending, is_right: bool) -> None:
    assert (check_ending("job", ending, may_be_cancelled=False, may_fail=False) == []) is is_right


def test_a_failure_without_advice_is_noticed() -> None:
    silent = Ending("failed", "it broke", "")
    assert check_ending("job", silent, may_be_cancelled=False, may_fail=True)


def test_memory_that_grows_is_noticed() -> None:
    growth = Growth()
    growth.rss["leaking"] = [(60.0 * minute, 4096.0 * minute) for minute in range(30)]
    growth.rss["flat"] = [(60.0 * minute, 90_000.0 + minute % 3 * 500) for minute in range(30)]
    assert ["leaking" in item.what for item in growth.check()] == [True]


def test_descriptors_that_stay_open_are_noticed_and_connections_that_come_and_go_are_not() -> None:
    growth = Growth()
    growth.descriptors["leaking"] = [(60.0 * minute, 10 + 4 * minute) for minute in range(30)]
    growth.descriptors["busy"] = [(60.0 * minute, 10 if minute % 3 else 90) for minute in range(30)]
    assert ["leaking" in item.what for item in growth.check()] == [True]


def test_a_process_that_lived_too_short_is_said_not_to_be_judged() -> None:
    growth = Growth()
    growth.ages = {"worker": 400.0, "sweep": 1800.0, "redis": 1800.0}
    growth.rss["worker-1 (1)"] = [(10.0 * sample, 4096.0 * sample) for sample in range(30)]
    growth.rss["sweep (2)"] = [(60.0 * minute, 90_000.0) for minute in range(30)]
    growth.rss["redis (3)"] = [(60.0 * minute, 4096.0 * minute) for minute in range(30)]
    table = growth.table()
    assert table["worker"] == {
        "judged": 0,
        "longest_minutes": 6.7,
        "largest_kib_per_minute": None,
        "verdict": TOO_SHORT,
    }
    assert (table["sweep"]["judged"], table["sweep"]["verdict"]) == (1, "flat")
    assert table["redis"]["verdict"] == "judged by ended job"
    assert growth.check() == []


def test_a_job_that_leaves_too_much_in_redis_and_a_stream_without_an_end_are_noticed() -> None:
    memory = RedisMemory(keys={"small": [100] * 6, "many": [1] * 13, "big": [40_000]}, streams={"flatiron:events": 200})
    assert [item.job_id for item in memory.check()] == ["many", "big"]
    assert memory.table()["bytes_per_ended_job"] == {"median": 600, "most": 40_000}
    memory.streams["flatiron:events"] = 120_000
    assert len(memory.check()) == 3
