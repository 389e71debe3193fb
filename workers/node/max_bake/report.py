"""The result file: the last thing that the bake writes, whole or not at all (contract `BakeReport` of the node)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from workers.node.max_bake.task import BakeTask

REPORT_FILE = "result.json"


def success(task: BakeTask, warnings: list[str], versions: dict[str, str]) -> dict[str, Any]:
    """The report of a bake whose images are all written."""
    outputs = [
        {"element": output.element, "path": output.path, "size": Path(output.path).stat().st_size}
        for output in task.outputs
    ]
    return _report(status="ok", warnings=warnings, outputs=outputs, versions=versions)


def failed(error: BaseException, warnings: list[str], versions: dict[str, str]) -> dict[str, Any]:
    """The report of a bake that ended with an error."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return _report(
        status="failed",
        failure_class=getattr(error, "failure_class", "renderer"),
        what=getattr(error, "what", "") or f"{type(error).__name__} inside 3ds Max: {error}",
        why=getattr(error, "why", ""),
        advice=getattr(error, "advice", ""),
        traceback=text,
        warnings=warnings,
        versions=versions,
    )


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Write to a temporary file, to the disk, then rename."""
    temporary = folder / f"{REPORT_FILE}.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / REPORT_FILE)  # noqa: PTH105 - as everywhere that files appear


def python_version() -> str:
    """The interpreter inside 3ds Max."""
    return ".".join(str(part) for part in sys.version_info[:3])


def _report(**known: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "schema_version": 1,
        "status": "failed",
        "failure_class": "none",
        "what": "",
        "why": "",
        "advice": "",
        "traceback": "",
        "warnings": [],
        "outputs": [],
        "versions": {},
    }
    return {**empty, **known}
