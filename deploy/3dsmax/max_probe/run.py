"""Ask every question, run the contract of the scene port, write one JSON."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from max_probe import bake_questions, hands, package_questions, scene_questions, texture_questions
from max_probe.asking import QUESTIONS, Answer, Max3ds, ask
from max_submitter.node_program import packaged_node_program
from max_submitter.scene.assumptions import ASSUMPTIONS
from max_submitter.scene.max_scene import MaxScene
from max_submitter.testing.max_builder import MaxBuilder
from max_submitter.testing.scene_contract import run_checks

MODULES: Final = (scene_questions, texture_questions, bake_questions, package_questions)
"""Importing them declares the questions."""
ANSWERS: Final = "flatiron-max-answers.json"
_OVERWRITES: Final = "Flatiron's questions reset the scene again and again. The open scene has changes. Lose them?"


class SomeBelief(Protocol):
    """What all lists of beliefs have in common."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def sentence(self) -> str:
        """What is believed."""
        ...

    @property
    def verify(self) -> str:
        """How a person finds out."""
        ...


def main(pymxs: Any, out: Path, *, contents: Path | None, python_path: Sequence[str]) -> Path | None:
    """Ask everything; returns the path of the answers, or None if the artist wants to keep the open scene."""
    is_interactive = not pymxs.runtime.maxOps.isInNonInteractiveMode()
    if is_interactive and pymxs.runtime.getSaveRequired() and not pymxs.runtime.queryBox(_OVERWRITES):
        return None
    folder = out / time.strftime("flatiron-probe-%Y%m%d-%H%M%S")
    folder.mkdir(parents=True)
    answers = [
        _answer(belief, Max3ds(pymxs, folder / belief.id, contents, is_interactive, tuple(python_path)))
        for belief in beliefs(folder)
    ]
    document = {
        "schema_version": 1,
        "machine": {"python": sys.version, "system": platform.platform(), "interactive": is_interactive},
        "answers": {answer.id: {"verdict": answer.verdict, "evidence": answer.evidence} for answer in answers},
        "scene_contract": _guarded(lambda: _contract(pymxs, folder / "contract")),
    }
    return _write(folder / ANSWERS, document)


def beliefs(folder: Path) -> tuple[SomeBelief, ...]:
    """Every list: the scene port's, the bake's (in the node program), the package's, and what is open."""
    return (*ASSUMPTIONS, *_beliefs_of_the_bake(folder), *hands.PACKAGE, *hands.OPEN)


def _beliefs_of_the_bake(folder: Path) -> Iterable[SomeBelief]:
    try:
        program = folder / "node.pyz"
        program.write_bytes(packaged_node_program())
        sys.path.append(str(program))
        found: Iterable[SomeBelief] = importlib.import_module("workers.node.max_bake.beliefs").BELIEFS
    except Exception:  # noqa: BLE001 - BAKE-03 says what is wrong
        return tuple(hands.Belief(name, "", "Look at BAKE-03.") for name in QUESTIONS if name.startswith("BAKE-"))
    return found


def _answer(belief: SomeBelief, max_: Max3ds) -> Answer:
    if belief.id not in QUESTIONS:
        return Answer(belief.id, "unknown", f"needs hands: {belief.verify}")
    return ask(belief.id, max_)


def _contract(pymxs: Any, folder: Path) -> list[dict[str, str]]:
    outcomes = run_checks(MaxScene(pymxs), MaxBuilder(pymxs.runtime), folder)
    return [dataclasses.asdict(outcome) for outcome in outcomes]


def _guarded(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the answers are worth more than the contract
        return f"{type(error).__name__}: {error}"


def _write(path: Path, document: object) -> Path:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(document, file, indent=1, ensure_ascii=False, default=str)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return path
