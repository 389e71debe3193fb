"""A bake request whose folders stand below a temporary one; the share is `//server/share` for everybody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Renderer
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from max_submitter.request import BakeRequest

NODE_PROGRAM = b"the node program"


def clock() -> datetime:
    return datetime(2026, 1, 31, 14, 25, 1, tzinfo=UTC)


def element(**changes: Any) -> Element:
    values: dict[str, Any] = {
        "name": "CompleteMap",
        "kind": "color",
        "stem": "CompleteMap",
        "file_format": "png",
        "pixel_type": "uint8",
        "alpha": True,
        "width": 64,
        "height": 48,
        "slot": "Diffuse Color",
    }
    return Element(**(values | changes))


def bake_request(folder: Path, **changes: Any) -> BakeRequest:
    """Two objects, two elements. Makes the share and the scene below `folder`, but no output folder."""
    share, scene = folder / "share", folder / "booth.max"
    share.mkdir(exist_ok=True)
    if not scene.exists():
        scene.write_bytes(b"scene" * 1000)
    values: dict[str, Any] = {
        "job_name": "Booth A",
        "group": "booth",
        "mode": "multi",
        "scene": scene,
        "copy_scene": True,
        "renderer": Renderer("reference", {"samples": 4}),
        "objects": (BakeObject("wall", 0, 1), BakeObject("floor", 0, 1)),
        "elements": (element(), element(name="AO", stem="AO", kind="data", file_format="exr", pixel_type="half")),
        "output_folder": folder / "new" / "textures",
        "network_folder": share,
        "farm": FarmTarget("manager", 7347, 50, "", 60),
        "path_mapping": PathMapping([PathRule("//server/share", str(share))]),
    }
    return BakeRequest(**(values | changes))
