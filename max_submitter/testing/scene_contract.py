"""The contract of the scene port: every check, for the fake scene, for the fake runtime, and inside 3ds Max.

    outcomes = run_checks(MaxScene(pymxs_module()), MaxBuilder(runtime()), Path("an empty folder"))

Needs no test tool. Inside 3ds Max it resets the open scene, again and again!
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from max_submitter.scene.port import ScenePort
from max_submitter.testing.contract_keeping import KEEPING
from max_submitter.testing.contract_reading import READING
from max_submitter.testing.contract_textures import TEXTURES
from max_submitter.testing.scene_under_test import ContractCheck, SceneBuilder, SceneUnderTest

CHECKS: Final[tuple[ContractCheck, ...]] = tuple(
    ContractCheck(check.__name__, check) for check in (*READING, *TEXTURES, *KEEPING)
)


@dataclass(frozen=True)
class CheckOutcome:
    """What became of one check."""

    name: str
    sentence: str
    """What does not hold, or the error that came in between with its traceback; empty if the check passed."""


def run_checks(
    port: ScenePort, builder: SceneBuilder, folder: Path, checks: Sequence[ContractCheck] = CHECKS
) -> tuple[CheckOutcome, ...]:
    """Run every check on an empty scene and an empty folder below `folder`, and go on after a failure."""
    return tuple(CheckOutcome(check.name, _run(check, port, builder, folder / check.name)) for check in checks)


def _run(check: ContractCheck, port: ScenePort, builder: SceneBuilder, folder: Path) -> str:
    try:
        folder.mkdir(parents=True)
        builder.reset()
        check.run(SceneUnderTest(port, builder, folder))
    except AssertionError as broken:
        return str(broken)
    except Exception:  # noqa: BLE001  # inside 3ds Max all the others are still worth knowing
        return traceback.format_exc()
    return ""
