"""A bake request whose folders stand below a temporary one; the share is `//server/share` for everybody else."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Renderer
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from max_submitter.request import BakeRequest, ColourFile, MaskFile

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
        "transfer": "auto",
        "dither": False,
    }
    return Element(**(values | changes))


def write_png_header(path: Path, *, width: int = 64, height: int = 48, bits: int = 8, colour_type: int = 0) -> Path:
    """As much of a PNG file as a submission reads; grey of 8 bits by default."""
    start = struct.pack(">8sI4s", b"\x89PNG\r\n\x1a\n", 13, b"IHDR")
    path.write_bytes(start + struct.pack(">IIBBBBBI", width, height, bits, colour_type, 0, 0, 0, 0))
    return path


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
        "farm": FarmTarget("manager", 3234, 50, "", 60),
        "path_mapping": PathMapping([PathRule("//server/share", str(share))]),
    }
    return BakeRequest(**(values | changes))


def with_merge_files(folder: Path, **changes: Any) -> BakeRequest:
    """A request with a mask of each object and a colour configuration."""
    colour = folder / "site.ocio"
    colour.write_bytes(b"a configuration")
    masks = tuple(MaskFile(name, write_png_header(folder / f"{name}.png")) for name in ("floor", "wall"))
    values = {
        "elements": (element(transfer="ocio"),),
        "colour": ColourFile(colour, "lin", "srgb"),
        "masks": masks,
    }
    return bake_request(folder, **(values | changes))
