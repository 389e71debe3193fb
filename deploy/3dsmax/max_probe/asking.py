"""A question, its answer, and how one is asked: nothing that 3ds Max does stops the rest."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Verdict = Literal["confirmed", "refuted", "unknown"]


@dataclass(frozen=True)
class Answer:
    """What is known about one belief now."""

    id: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Max3ds:
    """The 3ds Max that is asked, with an empty scene and an empty folder."""

    pymxs: Any
    folder: Path
    contents: Path | None
    """`Contents` of the bundle; None in a checkout."""
    is_interactive: bool
    python_path: tuple[str, ...]
    """`sys.path` before the probe changed it."""

    @property
    def rt(self) -> Any:
        """MAXScript's globals."""
        return self.pymxs.runtime

    def plane(self, name: str) -> Any:
        """An object of two triangles that fill the map of UV channel 1, with a Standard material."""
        node = self.rt.Plane(name=name, lengthsegs=1, widthsegs=1, mapcoords=True)
        node.material = self.rt.StandardMaterial()
        return node


class Refuted(Exception):  # noqa: N818 - it is an answer, not an error
    """The belief is wrong."""


class Undecided(Exception):  # noqa: N818
    """This 3ds Max, or this way of running it, cannot tell."""


Ask = Callable[[Max3ds], object]
"""Returns the evidence that the belief holds. Raises Refuted or Undecided with the evidence; any other error leaves it
undecided."""

QUESTIONS: Final[dict[str, Ask]] = {}
"""Id of the belief -> who asks."""


def settles(belief: str) -> Callable[[Ask], Ask]:
    """Declare a function as the question behind a belief."""

    def declare(ask: Ask) -> Ask:
        if belief in QUESTIONS:
            raise ValueError(f"{belief} is asked twice")
        QUESTIONS[belief] = ask
        return ask

    return declare


def need(holds: object, evidence: object) -> None:
    """Raise Refuted with the evidence unless it holds."""
    if not holds:
        raise Refuted(evidence)


def ask(belief: str, max_: Max3ds) -> Answer:
    """Put one question, on an empty scene."""
    try:
        max_.folder.mkdir(parents=True, exist_ok=True)
        max_.rt.resetMaxFile(max_.rt.Name("noPrompt"))
        return Answer(belief, "confirmed", str(QUESTIONS[belief](max_)))
    except Refuted as answer:
        return Answer(belief, "refuted", str(answer))
    except Undecided as answer:
        return Answer(belief, "unknown", str(answer))
    except Exception:  # noqa: BLE001 - 3ds Max raises whatever it likes, and all other questions still count
        return Answer(belief, "unknown", traceback.format_exc())
