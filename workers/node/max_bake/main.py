"""The bake script: from the one argument (the path of a task file) to the images and the result file beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from max_submitter.scene.runtime import pymxs_module, runtime
from workers.node.max_bake import assumptions, report
from workers.node.max_bake.bake import bake
from workers.node.max_bake.errors import BakeFailedError
from workers.node.max_bake.journal import Journal
from workers.node.max_bake.scene import check_renderer, open_scene, version, warn_of_exposure
from workers.node.max_bake.task import read_task
from workers.node.max_scripts import SCENE_IS_OPEN_VARIABLE, TASK_VARIABLE


def main() -> None:
    """Bake inside 3ds Max. Never raises: what happened stands in the result file, and in the exit code of a failure."""
    rt, mxs = runtime(), pymxs_module()
    task_file = find_task_file(rt)
    succeeded = bake_and_report(rt, mxs, task_file, scene_is_open=bool(os.environ.get(SCENE_IS_OPEN_VARIABLE)))
    if not succeeded:
        rt.execute(assumptions.QUIT_AFTER_FAILURE)


def bake_and_report(rt: Any, mxs: Any, task_file: Path, *, scene_is_open: bool) -> bool:
    """Bake, then write the result file as the last action; whether all images are there."""
    journal = Journal(rt)
    versions = {"python": report.python_version()}
    try:
        task = read_task(task_file)
        versions["3dsmax"] = version(rt)
        if not scene_is_open:
            open_scene(rt, mxs, task, journal)
        versions["renderer"] = renderer_class = check_renderer(rt, task)
        warn_of_exposure(rt, journal)
        bake(rt, mxs, task, renderer_class, journal)
        result = report.success(task, journal.warnings, versions)
    except Exception as error:  # noqa: BLE001 - the border to 3ds Max: pymxs raises RuntimeError and plain Exception
        result = report.failed(error, journal.warnings, versions)
        journal.say(f"failed: {result['what']}")
    report.write_report(task_file.parent, result)
    return bool(result["status"] == "ok")


def find_task_file(rt: Any) -> Path:
    """The path given by `-mxsString`; under 3dsmaxcmd, which has none, by the variable. Raises BakeFailedError."""
    if os.environ.get(SCENE_IS_OPEN_VARIABLE):
        path = os.environ.get(TASK_VARIABLE)
    else:
        path = rt.maxOps.mxsCmdLineArgs[rt.Name(assumptions.TASK_ARGUMENT)]
    if not path:
        raise BakeFailedError("Nobody said which task to bake.", why=f"`{assumptions.TASK_ARGUMENT}` is missing.")
    return Path(str(path))
