"""A scene for the bake script: a task file, a fake 3ds Max, and what came of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_runtime import FakePymxs, FakeRuntime
from max_submitter.testing.fake_runtime_baking import BakedImage
from max_submitter.testing.fake_runtime_scene import FakeFile, FakeNode
from workers.node.bake_report import BakeReport, read_report
from workers.node.max_bake.main import bake_and_report

SCENE = "//filer/scene/wall.max"


class MaxScene:
    """A scene file with one wall, opened by one task."""

    def __init__(self, work: Path, **file: Any) -> None:
        self.work = work
        self.rt = FakeRuntime()
        self.material = self.rt.StandardMaterial()
        self.wall = FakeNode(self.rt.tape, "Wall", material=self.material)
        self.file = FakeFile([self.wall], **file)
        self.rt.files[SCENE] = self.file
        self.task: dict[str, Any] = {
            "scene": SCENE,
            "frame": 7,
            "objects": [{"name": "Wall", "uv_channel": 2}],
            "outputs": [self.output("CompleteMap"), self.output("NormalsMap")],
            "options": {},
        }

    def output(self, element: str, *, side: int = 64, pixel_type: str = "half") -> dict[str, Any]:
        """One image to write."""
        path = str(self.work / f"{element}.exr")
        sides = {"width": side, "height": side, "row_begin": 0, "row_end": side}
        return {"element": element, "pixel_type": pixel_type, "path": path, **sides}

    def bake(self, *, scene_is_open: bool = False) -> BakeReport:
        """Run the bake script; its result."""
        task_file = self.work / "task.json"
        task_file.write_text(json.dumps(self.task), "utf-8")
        succeeded = bake_and_report(self.rt, FakePymxs(self.rt), task_file, scene_is_open=scene_is_open)
        report = read_report(self.work)
        assert report is not None
        assert succeeded == (report.status == "ok")
        return report

    def observed(self, look: Callable[[], object]) -> list[object]:
        """What is seen at every image that a render writes; filled by `bake`."""
        seen: list[object] = []

        def write(image: BakedImage) -> None:
            seen.append(look())
            image.path.write_bytes(b"image")

        self.rt.write_image = write
        return seen

    def log(self) -> list[str]:
        """What went into 3ds Max's log."""
        return [str(call.args[0]) for call in self.rt.tape.named("logEntry")]
