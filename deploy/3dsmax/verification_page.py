"""Write docs/max-verification.md: every belief about 3ds Max, from the lists beside the code, and how to verify it.

python deploy/3dsmax/verification_page.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE.parents[1] / "docs" / "max-verification.md"
sys.path.append(str(HERE))

from max_probe import hands  # noqa: E402 - the folder is no Python package
from max_probe.asking import QUESTIONS  # noqa: E402
from max_probe.run import SomeBelief  # noqa: E402

from max_submitter.scene.assumptions import ASSUMPTIONS  # noqa: E402
from workers.node.max_bake.beliefs import BELIEFS  # noqa: E402

_BEGIN = """\
# What only a real 3ds Max can confirm

Made by `python deploy/3dsmax/verification_page.py` from the lists beside the code; a test compares. Nobody who wrote
this program had 3ds Max: everything that touches it is behind a narrow port, believes what documentation and public
code say, and names the id of its belief. Whoever has 3ds Max can settle most of them in minutes.

## The script

1. Build and install the package ([deploy/3dsmax](../deploy/3dsmax/README.md)). Start 3ds Max once and close it.
2. In 3ds Max: *Scripting > Run Script...*, `Contents\\probe\\flatiron_max_probe.py` of the installed package. It resets
   the scene again and again, and asks first if the open one has changes.
3. Without a window:

       set FLATIRON_PROBE=1
       3dsmaxbatch.exe "...\\Contents\\probe\\flatiron_max_probe.py" -dm on -v 5 -mxsString flatiron_probe:C:\\answers

Each run prints the path of one JSON file: an answer by id (`confirmed`, `refuted` or `unknown`, with the evidence), and
what became of every check of the scene port's contract. A belief marked *script* below is asked by both runs; a run
that cannot tell says why. Do it for each version of 3ds Max and each renderer you have, and send the files.

A belief that is `refuted` is mended where the code names its id, and in its list.
"""
_PARTS: Final = (
    ("The scene port (artist's machine)", "max_submitter/scene/assumptions.py", ASSUMPTIONS),
    ("The bake on a node", "workers/node/max_bake/beliefs.py", BELIEFS),
    ("The package", "deploy/3dsmax/max_probe/hands.py", hands.PACKAGE),
    ("Open, and no code rests on it", "deploy/3dsmax/max_probe/hands.py", hands.OPEN),
)


def page() -> str:
    """The text of the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGIN
    for title, file, beliefs in _PARTS:
        yield f"## {title}\n"
        yield f"Kept in `{file}`.\n"
        yield from _table(beliefs)
        yield ""
    yield "## To look at with your own eyes\n"
    for what, wanted in hands.EYES:
        yield f"- **{what}**: {wanted}"


def _table(beliefs: Iterable[SomeBelief]) -> Iterator[str]:
    yield "| id | belief | who | how to verify |"
    yield "|---|---|---|---|"
    for belief in beliefs:
        who = "script" if belief.id in QUESTIONS else "hands"
        yield f"| {belief.id} | {_cell(belief.sentence)} | {who} | {_cell(belief.verify)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
