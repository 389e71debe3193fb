"""`result.json`: what a renderer says about its own run, written last and renamed into place.

Missing, it means that the renderer did not get to its end. What it says about a success is believed only as far as the
pieces bear it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.document import Document, Options, rule, schema_version
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.bounded_read import read_bounded
from workers.node.profile import LOG_CLASSES

REPORT_FILE = "result.json"


@dataclass(frozen=True)
class ReportedOutput(Document):
    """One image that was written."""

    element: str = rule("Name of the bake element.")
    path: str = rule("Path of the file.")
    size: int = rule("Size in bytes.", minimum=0)


@dataclass(frozen=True)
class BakeReport(Document):
    """The result file."""

    schema_version: int = schema_version(1)
    status: str = rule("How it ended.", choices=("ok", "failed"))
    failure_class: str = rule("Class of the failure; `none` for a success.", choices=("none", *LOG_CLASSES))
    what: str = rule("What happened; empty for a success.")
    why: str = rule("Why, as far as known.")
    advice: str = rule("What a person should do.")
    traceback: str = rule("Where in the program; empty for a success.")
    warnings: tuple[str, ...] = rule("What went wrong without spoiling the images.")
    outputs: tuple[ReportedOutput, ...] = rule("Images that were written.")
    versions: Options = rule("Versions of 3ds Max, Python and the renderer.")


def read_report(work: Path) -> BakeReport | None:
    """The report in a work folder; None if there is none. Raises ContractError, ShareError."""
    path = work / REPORT_FILE
    try:
        text = read_bounded(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise share_error(f"{path} cannot be read.", error) from error
    return BakeReport.from_json(text, source=path.name)


def flaws_of(report: BakeReport) -> list[str]:
    """What the work folder does not bear out: files that are gone or have another size than was reported."""
    sizes = ((output, _size(Path(output.path))) for output in report.outputs)
    return [
        f"{output.element}: {output.size} bytes were reported, {size} are there"
        for output, size in sizes
        if size != output.size
    ]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
