"""The task file as the bake needs it. The node program has written and checked it (contract `NodeTask`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.node.max_bake.errors import BakeFailedError, scene_failure


@dataclass(frozen=True)
class BakeObject:
    """One object and its UV channel (1 = the first)."""

    name: str
    uv_channel: int


@dataclass(frozen=True)
class BakeOutput:
    """One image to write, sides in texels. pixel_type: half or float."""

    element: str
    width: int
    height: int
    pixel_type: str
    path: str


@dataclass(frozen=True)
class BakeTask:
    """One farm task."""

    scene: str
    frame: int
    target: BakeObject
    outputs: tuple[BakeOutput, ...]
    options: Mapping[str, Any]

    def text(self, name: str) -> str:
        """An option that is a text; empty if it is not set."""
        return str(self.options.get(name, ""))

    def allows(self, name: str) -> bool:
        """An option that is true or false; false if it is not set."""
        return self.options.get(name, False) is True


def read_task(path: Path) -> BakeTask:
    """Read the task file. Raises BakeFailedError for one that 3ds Max cannot bake, or that cannot be read."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return _task(data)
    except OSError as error:
        advice = "Check the share and this node's account."
        raise BakeFailedError(
            f"{path} cannot be read.", why=str(error), advice=advice, failure_class="share"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise BakeFailedError(f"{path} is not a task file.", why=why, advice="Render this task again.") from error


def _task(data: Mapping[str, Any]) -> BakeTask:
    return BakeTask(
        scene=data["scene"],
        frame=data["frame"],
        target=_only_object(data["objects"]),
        outputs=tuple(_output(item) for item in data["outputs"]),
        options=data["options"],
    )


def _only_object(objects: list[dict[str, Any]]) -> BakeObject:
    if len(objects) != 1:
        raise scene_failure(
            f"This task has {len(objects)} objects for one image.",
            why="Render To Texture writes a file for each object.",
            advice="Submit the job again as Multi Pass.",
        )
    return BakeObject(objects[0]["name"], objects[0]["uv_channel"])


def _output(data: Mapping[str, Any]) -> BakeOutput:
    if data["row_begin"] != 0 or data["row_end"] != data["height"]:
        raise scene_failure(
            f"Rows {data['row_begin']} to {data['row_end'] - 1} of {data['element']} were asked for.",
            why="Render To Texture bakes whole maps.",
            advice="Submit the job again with one strip.",
        )
    return BakeOutput(data["element"], data["width"], data["height"], data["pixel_type"], data["path"])
