"""Takes the zoo of damaged pieces through `write_layer`, in one process: `python -m … FOLDER`.

What became of each specimen is written to `FOLDER/answers.json`; `test_corrupt_zoo` reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource
from flatiron_tasks.imaging.layer import write_layer
from flatiron_tasks.imaging.parallel import Crew
from tests.unit.imaging.corrupt_zoo import PLAN, Specimen, good_pieces, specimens


@dataclass(frozen=True)
class Answer:
    """What became of a specimen: "refused", "same" or "other" pixels, or "failed" with an error nobody foresaw."""

    family: str
    name: str
    reason: str
    checked: bool
    outcome: str
    why: str
    left_over: list[str]
    output_untouched: bool


def keep(folder: Path) -> dict[str, Any]:
    """Take the whole zoo through `write_layer`; returns the answers and how far memory grew, in bytes."""
    good = good_pieces(folder)
    zoo = list(specimens(good, folder))
    (folder / "out").mkdir()
    with Crew(2) as crew:
        sound = {merged(folder, crew, Specimen("good", form, data)) for form, data in good.items()}
        assert len(sound) == 1, sound
        before = peak_memory()
        answers = [asdict(answered(folder, crew, specimen, *sound)) for specimen in zoo]
    return {"answers": answers, "grown": peak_memory() - before}


def answered(folder: Path, crew: Crew, specimen: Specimen, sound: str) -> Answer:
    out = folder / "out" / "layer.exr"
    out.write_bytes(b"old")
    try:
        outcome, why = ("same" if merged(folder, crew, specimen) == sound else "other"), ""
    except RejectedPieceError as error:
        outcome, why = "refused", error.reason
    except Exception as error:  # noqa: BLE001 - whatever else is raised is the finding
        outcome, why = "failed", repr(error)
    left_over = [path.name for path in Path(tempfile.gettempdir()).iterdir()]
    left_over += [path.name for path in out.parent.iterdir() if path != out]
    untouched = out.read_bytes() == b"old"
    return Answer(specimen.family, specimen.name, specimen.reason, specimen.checked, outcome, why, left_over, untouched)


def merged(folder: Path, crew: Crew, specimen: Specimen) -> str:
    """Merge the one piece; returns the hash of the layer."""
    path = folder / "piece.exr"
    path.write_bytes(specimen.data)
    receipt = specimen.receipt or specimen.data
    plan = PieceExpectation(**{**PLAN, **specimen.plan})
    source = PieceSource(path, plan, len(receipt), hashlib.sha256(receipt).hexdigest())
    return write_layer(
        [source],
        width=plan.width,
        height=plan.height,
        out=folder / "out" / "layer.exr",
        pixel_type=plan.pixel_type,
        metadata={},
        crew=crew,
    ).sha256


def peak_memory() -> int:
    """The most memory that this process ever had resident, in bytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    home = Path(sys.argv[1])
    os.environ["TMPDIR"] = str(home / "tmp")
    (home / "tmp").mkdir()
    (home / "answers.json").write_text(json.dumps(keep(home)), "utf-8")
