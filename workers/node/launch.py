"""From a renderer's profile to one start of it: command line, environment, scripts and log files.

Placeholders: `{task}` task file, `{work}` folder of the attempt, `{scene}` scene file, `{frame}` frame, `{executable}`
program of 3ds Max, `{bake_script}` and `{pre_render_script}` scripts of ours, `{listener_log}` and `{log}` log files in
the work folder, `{user_log}` 3ds Max's own log of this account, `{unused_image}` an image that nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import workers
from flatiron_tasks.contracts.node_task import NodeTask
from flatiron_tasks.share import atomic
from workers.node import max_scripts
from workers.node.configuration import NodeConfiguration
from workers.node.max_installations import VERSION_OPTION, Lookup, choose
from workers.node.profile import NodeRenderer

TASK_FILE = "task.json"
_BAKE_SCRIPT, _PRE_RENDER_SCRIPT = "flatiron_bake.py", "flatiron_pre_render.ms"


@dataclass(frozen=True)
class Launch:
    """How to start a renderer for one task."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    logs: tuple[Path, ...]


def prepare(
    renderer: NodeRenderer,
    configuration: NodeConfiguration,
    task: NodeTask,
    *,
    work: Path,
    inherited: Mapping[str, str],
    lookup: Lookup,
) -> Launch:
    """Write the task file and the scripts into the work folder. Raises AttemptFailedError, ShareError."""
    atomic.write_atomically(work / TASK_FILE, task.to_json())
    values = _values(renderer, task, work, lookup)
    command = tuple(_filled(argument, values) for argument in renderer.command)
    scripts = _write_scripts(renderer, work)
    environment = configuration.environment_for(renderer, inherited) | (_variables(work) if scripts else {})
    if "pre_render_script" in scripts:
        environment[max_scripts.SCENE_IS_OPEN_VARIABLE] = "1"
    logs = tuple(Path(path) for log in renderer.logs if (path := _filled(log, values)))
    return Launch(command, environment, logs)


def program_root() -> Path:
    """What must be on Python's path to import our packages: the zipapp, or the folder above them."""
    return Path(workers.__path__[0]).parent.absolute()


def _values(renderer: NodeRenderer, task: NodeTask, work: Path, lookup: Lookup) -> dict[str, str]:
    program = choose(lookup, renderer.max_program, task.options.get(VERSION_OPTION)) if renderer.max_program else Path()
    return {
        "task": str(work / TASK_FILE),
        "work": str(work),
        "scene": task.scene,
        "frame": str(task.frame),
        "executable": str(program),
        "bake_script": str(work / _BAKE_SCRIPT),
        "pre_render_script": str(work / _PRE_RENDER_SCRIPT),
        "listener_log": str(work / "listener.log"),
        "log": str(work / "max.log"),
        "user_log": _user_log(program, lookup),
        "unused_image": str(work / "unused.tga"),
    }


def _user_log(program: Path, lookup: Lookup) -> str:
    """`Max.log` of this account, by the year in the folder's name; empty if that is unknown."""
    year, local = program.parent.name[-4:], lookup.variable("LOCALAPPDATA")
    known = year.isdigit() and local
    return str(Path(local) / f"Autodesk/3dsMax/{year} - 64bit/ENU/Network/Max.log") if known else ""


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced; braces around anything else stay, those in a value too."""
    pieces = text.split("{")
    for index, piece in enumerate(pieces[1:], 1):
        name, brace, rest = piece.partition("}")
        pieces[index] = values[name] + rest if brace and name in values else "{" + piece
    return "".join(pieces)


def _write_scripts(renderer: NodeRenderer, work: Path) -> set[str]:
    """Write the scripts that the command names; which they are."""
    command = " ".join(renderer.command)
    named = {name for name in ("bake_script", "pre_render_script") if f"{{{name}}}" in command}
    if named:
        atomic.write_atomically(work / _BAKE_SCRIPT, max_scripts.BAKE_SCRIPT)
    if "pre_render_script" in named:
        atomic.write_atomically(work / _PRE_RENDER_SCRIPT, max_scripts.PRE_RENDER_SCRIPT)
    return named


def _variables(work: Path) -> dict[str, str]:
    return {
        max_scripts.PROGRAM_VARIABLE: str(program_root()),
        max_scripts.TASK_VARIABLE: str(work / TASK_FILE),
        max_scripts.BAKE_SCRIPT_VARIABLE: str(work / _BAKE_SCRIPT),
    }
