"""Questions about baking and batch mode: the beliefs of the bake on a node (`BAKE-…`), by its own program."""

# ruff: noqa: D103 - the belief behind the id is what a question is about

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.node_task import TaskOutput
from max_probe.asking import Max3ds, Undecided, need, settles
from max_submitter.node_program import packaged_node_program

_SIZES = {"CompleteMap": (64, "half"), "NormalsMap": (32, "float")}
_OBJECT = {"name": "Probe", "uv_channel": 1}
ARGUMENT = "flatiron_probe"
"""Key of `-mxsString`: the folder for the answers."""
VARIABLE = "FLATIRON_PROBE"
"""Environment variable, set to anything before 3ds Max is started."""


@settles("BAKE-01")
def arguments(max_: Max3ds) -> str:
    if max_.is_interactive:
        raise Undecided("ask under 3dsmaxbatch")
    found = max_.rt.maxOps.mxsCmdLineArgs[max_.rt.Name(ARGUMENT)]
    need(found, f"-mxsString {ARGUMENT} did not arrive")
    return f"{found!r}; command line {sys.argv!r}"


@settles("BAKE-02")
def environment(max_: Max3ds) -> str:
    if VARIABLE not in os.environ:
        raise Undecided(f"set the variable {VARIABLE} before you start 3ds Max")
    return f"{VARIABLE}={os.environ[VARIABLE]!r}"


@settles("BAKE-03")
def zip_import(max_: Max3ds) -> str:
    path = max_.folder / "node.pyz"
    path.write_bytes(packaged_node_program())
    return str(_node_module("main", path).__file__)


@settles("BAKE-06")
def elements(max_: Max3ds) -> str:
    images = _bake(max_)
    need(all(path.stat().st_size for path in images), images)
    return f"{[path.name for path in images]} in {max_.folder}"


@settles("BAKE-07")
def render_result(max_: Max3ds) -> str:
    node = max_.plane("Probe")
    element = max_.rt.CompleteMap()
    element.outputSzX = element.outputSzY = 64
    element.fileType, element.fileName = str(max_.folder / "render.exr"), "render.exr"
    properties = node.INodeBakeProperties
    properties.removeAllBakeElements()
    properties.addBakeElement(element)
    properties.bakeEnabled, properties.bakeChannel, properties.nDilations = True, 1, 0
    max_.rt.select(node)
    into = max_.rt.bitmap(64, 64)
    result = max_.rt.render(
        rendertype=max_.rt.Name("bakeSelected"),
        frame=0,
        to=into,
        vfb=False,
        cancelled=max_.pymxs.byref(False),
        disableBitmapProxies=True,
    )
    max_.rt.close(into)
    need(isinstance(result, tuple) and len(result) == 2 and result[1] is False, repr(result))
    return repr(result)


@settles("BAKE-08")
def load_result(max_: Max3ds) -> str:
    path = str(max_.folder / "load.max")
    max_.plane("Plane").material.diffuseMap = max_.rt.BitmapTexture(filename=str(max_.folder / "missing.png"))
    max_.rt.saveMaxFile(path, quiet=True)
    action = max_.rt.Name("logmsg")
    names = ("missingExtFiles", "missingDLLs", "missingXRefs")
    asked: dict[str, Any] = {f"{name}Action": action for name in names}
    asked |= {f"{name}List": max_.pymxs.byref(None) for name in names}
    result = max_.rt.loadMaxFile(path, useFileUnits=True, quiet=True, **asked)
    need(isinstance(result, tuple) and len(result) == 4, repr(result))
    if not result[0]:
        raise Undecided(f"3ds Max does not open {path}")
    return repr([result[0], *(list(part or ()) for part in result[1:])])


@settles("BAKE-09")
def exr_files(max_: Max3ds) -> str:
    """By the check that a node makes of every piece."""
    images = _bake(max_)
    check = _node_module("exr_structure").check_piece
    for path, (element, size) in zip(images, _SIZES.items(), strict=True):
        check(path, TaskOutput(kind="color", **_output(path, element, *size)))
    return f"{[path.name for path in images]} are as planned"


@settles("BAKE-13")
def sizes(max_: Max3ds) -> str:
    return f"the bake script made {[path.name for path in _bake(max_)]} at {_SIZES}"


@settles("BAKE-14")
def names(max_: Max3ds) -> str:
    for name in ("Twin", "Twin", "TWIN"):
        max_.plane(name)
    found = [str(node.name) for node in max_.rt.getNodeByName("Twin", exact=True, all=True)]
    need(found == ["Twin", "Twin"], found)
    return str(found)


@settles("BAKE-15")
def closed_groups(max_: Max3ds) -> str:
    node = max_.plane("Member")
    max_.rt.group([node, max_.plane("Other")], name="ProbeGroup")
    seen = [bool(max_.rt.isGroupMember(node))]
    for member in (False, True):
        max_.rt.setGroupMember(node, member)
        seen.append(bool(max_.rt.isGroupMember(node)))
    need(seen == [True, False, True], seen)
    return str(seen)


@settles("BAKE-16")
def log_lines(max_: Max3ds) -> str:
    line = "flatiron probe asks for this line"
    max_.rt.logSystem.logEntry(line, broadcast=True)
    logs = [Path(str(max_.rt.getDir(max_.rt.Name("maxData"))), "Network", "Max.log")]
    logs += [Path(value) for key, value in zip(sys.argv, sys.argv[1:], strict=False) if key == "-log"]
    found = [path for path in logs if path.is_file() and line in _log_text(path)]
    need(found, f"in none of {[str(path) for path in logs]}")
    return str([str(path) for path in found])


@settles("BAKE-17")
def ambient_occlusion(max_: Max3ds) -> str:
    made = [
        name
        for name in ("AmbientOcclusionBakeElement", "Ambient_Occlusion", "AmbientOcclusion")
        if getattr(max_.rt, name, None) is not None
    ]
    need("AmbientOcclusionBakeElement" in made, made)
    raise Undecided(f"{made} are there; whether Scanline bakes it needs a bake")


@settles("BAKE-18")
def vray_frame_buffer(max_: Max3ds) -> str:
    classes = [item for item in max_.rt.rendererClass.classes if str(item).startswith("V_Ray")]
    if not classes:
        raise Undecided("V-Ray is not installed")
    found = {}
    for item in classes:
        renderer = item()
        owner = renderer
        if max_.rt.isProperty(renderer, max_.rt.Name("V_Ray_settings")):
            owner = renderer.V_Ray_settings
        found[str(item)] = bool(max_.rt.isProperty(owner, max_.rt.Name("output_on")))
    need(all(found.values()), found)
    return str(found)


@settles("BAKE-21")
def installation(max_: Max3ds) -> str:
    year = int(list(max_.rt.maxVersion())[7])
    try:
        winreg = importlib.import_module("winreg")
    except ImportError as error:
        raise Undecided("this is not Windows") from error
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"SOFTWARE\Autodesk\3dsMax\{year - 1998}.0") as key:
        folder, _ = winreg.QueryValueEx(key, "Installdir")
    variable = os.environ.get(f"ADSK_3DSMAX_x64_{year}")
    need(variable, f"Installdir {folder}; ADSK_3DSMAX_x64_{year} is not set")
    return f"Installdir {folder}; variable {variable}"


def _log_text(path: Path) -> str:
    data = path.read_bytes()
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def _node_module(name: str, program: Path | None = None) -> Any:
    """A module of the node program: `main` of its bake, or one by its own name."""
    if program is not None and str(program) not in sys.path:
        sys.path.insert(0, str(program))
    return importlib.import_module("workers.node.max_bake.main" if name == "main" else f"workers.node.{name}")


def _output(path: Path, element: str, side: int, pixel_type: str) -> dict[str, Any]:
    sides: dict[str, Any] = {"width": side, "height": side, "row_begin": 0, "row_end": side}
    return {"element": element, "pixel_type": pixel_type, "path": str(path), **sides}


def _bake(max_: Max3ds) -> list[Path]:
    """Bake a plane by the script that nodes run; the paths of its images."""
    program = max_.folder / "node.pyz"
    program.write_bytes(packaged_node_program())
    main = _node_module("main", program)
    max_.plane("Probe")
    scene = max_.folder / "bake.max"
    max_.rt.saveMaxFile(str(scene), quiet=True)
    images = [max_.folder / f"{name}.exr" for name in _SIZES]
    outputs = [_output(path, name, *size) for path, (name, size) in zip(images, _SIZES.items(), strict=True)]
    task = {"scene": str(scene), "frame": 0, "outputs": outputs, "options": {}, "objects": [_OBJECT]}
    file = max_.folder / "task.json"
    file.write_text(json.dumps(task), encoding="utf-8")
    succeeded = main.bake_and_report(max_.rt, max_.pymxs, file, scene_is_open=True)
    need(succeeded, (max_.folder / "result.json").read_text("utf-8"))
    return images
