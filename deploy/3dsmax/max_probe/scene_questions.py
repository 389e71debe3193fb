"""Questions about objects, materials, files and events: the beliefs of the scene port (`MAX-…`)."""

# ruff: noqa: D103 - the belief behind the id is what a question is about

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from max_probe.asking import Max3ds, Undecided, need, settles
from max_submitter.scene import renderers
from max_submitter.scene.max_scene import MaxScene

_EVENTS = ("systemPostReset", "filePostSave", "filePostOpen", "selectionSetChanged")
_NOTICED_S = 0.05
"""Longer than this on the main thread, and a person feels it."""


@settles("MAX-01")
def handles(max_: Max3ds) -> str:
    node = max_.plane("Before")
    handle = int(max_.rt.getHandleByAnim(node))
    node.name = "After"
    need(max_.rt.getAnimByHandle(handle).name == "After", "the handle finds another object after a rename")
    max_.rt.delete(node)
    found = max_.rt.getAnimByHandle(handle)
    need(not max_.rt.isValidNode(found), f"after delete: {found!r} is a valid node")
    return f"handle {handle}; after delete: {found!r}"


@settles("MAX-02")
def errors(max_: Max3ds) -> str:
    node, seen = max_.plane("Plane"), []
    questions: tuple[tuple[str, Any], ...] = (
        ("1/0", lambda: max_.rt.execute("1/0")),
        ("global", lambda: max_.rt.flatironNoSuchGlobal),
        ("property", lambda: node.flatironNoSuchProperty),
    )
    for name, call in questions:
        try:
            seen.append(f"{name}: {call()!r}")
        except Exception as error:  # noqa: BLE001 - which one is the question
            seen.append(f"{name}: {type(error).__name__}: {error}")
            need(isinstance(error, RuntimeError | AttributeError), seen)
    return "; ".join(seen)


@settles("MAX-03")
def meshes(max_: Max3ds) -> str:
    mesh, op = max_.rt.snapshotAsMesh(max_.plane("Plane")), max_.rt.meshop
    faces, corner = int(op.getNumMapFaces(mesh, 1)), op.getMapFace(mesh, 1, 1)
    vertex = op.getMapVert(mesh, 1, int(corner.x))
    need(op.getMapSupport(mesh, 1), "channel 1 is not supported")
    need(faces == 2, f"{faces} faces of a plane")
    text = f"{int(op.getNumMaps(mesh))} maps, {faces} faces, first corner {corner!r} at {vertex.x}, {vertex.y}"
    max_.rt.delete(mesh)
    return text


@settles("MAX-04")
def groups(max_: Max3ds) -> str:
    for name in ("ProbeA", "ProbeB"):
        max_.rt.select([max_.plane(f"{name}1"), max_.plane(f"{name}2")])
        max_.rt.execute(f'selectionSets["{name}"] = selection as array')
    rt, found = max_.rt, {}
    for number in range(1, int(rt.getNumNamedSelSets()) + 1):
        items = range(1, int(rt.getNamedSelSetItemCount(number)) + 1)
        found[str(rt.getNamedSelSetName(number))] = [str(rt.getNamedSelSetItem(number, item).name) for item in items]
    need(found == {name: [f"{name}1", f"{name}2"] for name in ("ProbeA", "ProbeB")}, found)
    return str(found)


@settles("MAX-05")
def dependents(max_: Max3ds) -> str:
    first, second, shell = max_.plane("First"), max_.plane("Second"), max_.rt.Shell_Material()
    shell.originalMaterial = first.material
    second.material = shell
    names = sorted(str(node.name) for node in max_.rt.refs.dependentNodes(first.material))
    need(names == ["First", "Second"], names)
    return str(names)


@settles("MAX-06")
def copies(max_: Max3ds) -> str:
    shell = max_.rt.Shell_Material()
    shell.originalMaterial = max_.rt.StandardMaterial()
    pair = [int(max_.rt.getHandleByAnim(one.originalMaterial)) for one in (shell, max_.rt.copy(shell))]
    need(pair[0] != pair[1], f"both have {pair}")
    return f"handles {pair}"


@settles("MAX-07")
def slots(max_: Max3ds) -> str:
    rt, physical, standard = max_.rt, max_.rt.PhysicalMaterial(), max_.rt.StandardMaterial()
    switches = [str(name) for name in rt.getPropNames(physical) if str(name).lower().endswith("_map_on")]
    names = [str(rt.getSubTexmapSlotName(standard, n)) for n in range(1, int(rt.getNumSubTexmaps(standard)) + 1)]
    need(switches, "no property of PhysicalMaterial ends in _map_on")
    need(standard.mapEnables[0] in (True, False), "mapEnables holds no switches")
    return f"{switches}; {len(names)} slots {names}"


@settles("MAX-11")
def notes(max_: Max3ds) -> str:
    path, text = str(max_.folder / "note.max"), "QUJD+/0=" * 2500
    max_.rt.setUserProp(max_.rt.rootNode, "FlatironProbe", text)
    max_.rt.saveMaxFile(path, quiet=True)
    _open_again(max_, path)
    found = max_.rt.getUserProp(max_.rt.rootNode, "FlatironProbe")
    need(found == text, f"{len(str(found or ''))} characters came back of {len(text)}")
    return f"{len(text)} characters came back"


@settles("MAX-12")
def copies_of_the_scene(max_: Max3ds) -> str:
    rt, saved = max_.rt, []
    rt.saveMaxFile(str(max_.folder / "scene.max"), quiet=True)
    max_.plane("Change")
    identity = rt.Name("FlatironProbe")
    rt.callbacks.addScript(rt.Name("filePostSave"), lambda: saved.append(1), id=identity)
    try:
        before = (str(rt.maxFileName), bool(rt.getSaveRequired()))
        rt.saveMaxFile(str(max_.folder / "copy.max"), clearNeedSaveFlag=False, useNewFile=False, quiet=True)
        after = (str(rt.maxFileName), bool(rt.getSaveRequired()))
    finally:
        rt.callbacks.removeScripts(id=identity)
    need(before == after, f"{before} became {after}")
    need((max_.folder / "copy.max").is_file(), "there is no copy")
    return f"{before} stayed; {len(saved)} callbacks"


@settles("MAX-13")
def renderer_names(max_: Max3ds) -> str:
    current = max_.rt.renderers.current
    name, can_bake = str(max_.rt.classOf(current)), current.supportsTexureBaking
    need(any(name.startswith(family.prefix) for family in renderers.FAMILIES if family.prefix), name)
    installed = getattr(max_.rt, "rendererClass", None)
    return f"{name} bakes: {can_bake}; installed: {[str(item) for item in installed.classes] if installed else '?'}"


@settles("MAX-14")
def element_names(max_: Max3ds) -> str:
    facts = MaxScene(max_.pymxs).renderer()
    need(facts.can_bake, facts.reason)
    made = []
    for offer in facts.elements:
        for name in renderers.CLASSES.get(offer.name, (offer.name,)):
            if getattr(max_.rt, name, None) is not None:
                made.append(str(max_.rt.classOf(getattr(max_.rt, name)())))
    need(made, "no element can be made")
    return f"{facts.name} offers {[offer.name for offer in facts.elements]}, made {made}"


@settles("MAX-15")
def exposures(max_: Max3ds) -> str:
    rt, seen = max_.rt, []
    for name in ("Linear_Exposure_Control", "Automatic_Exposure_Control", "Logarithmic_Exposure_Control"):
        rt.SceneExposureControl.exposureControl = getattr(rt, name)()
        seen.append(str(rt.classOf(rt.SceneExposureControl.exposureControl)))
    with max_.pymxs.undo(True, "probe"):
        rt.SceneExposureControl.exposureControl = None
    need(rt.SceneExposureControl.exposureControl is None, "undefined was not taken")
    rt.execute("max undo")
    back = rt.SceneExposureControl.exposureControl
    need(back is not None, "undo does not bring it back")
    return f"{seen}; undo brings back {rt.classOf(back)}"


@settles("MAX-16")
def frames(max_: Max3ds) -> str:
    max_.rt.execute("animationRange = interval 5 10; sliderTime = 7")
    span = MaxScene(max_.pymxs).frame_range()
    need((span.first, span.last, span.current) == (5, 10, 7), span)
    return str(span)


@settles("MAX-17")
def callbacks(max_: Max3ds) -> str:
    rt, heard = max_.rt, []
    identity, path = rt.Name("FlatironProbe"), str(max_.folder / "events.max")

    def hearing(event: str) -> Callable[[], None]:
        return lambda: heard.append((event, threading.current_thread() is threading.main_thread()))

    for event in _EVENTS:
        rt.callbacks.addScript(rt.Name(event), hearing(event), id=identity)
    try:
        rt.select([max_.plane("Plane")])
        rt.saveMaxFile(path, quiet=True)
        _open_again(max_, path)
    finally:
        rt.callbacks.removeScripts(id=identity)
    need(all(is_main for _, is_main in heard), heard)
    missing = set(_EVENTS) - {event for event, _ in heard}
    need(not missing, f"not heard: {sorted(missing)}")
    return str(heard)


@settles("MAX-20")
def messages(max_: Max3ds) -> str:
    MaxScene(max_.pymxs).say("Flatiron asks 3ds Max: 100 % of this line should stand in the listener.")
    return "both calls were taken; look into the listener"


@settles("MAX-21")
def node_events(max_: Max3ds) -> str:
    rt, heard = max_.rt, []
    events = ("added", "deleted", "modelStructured", "modelOtherEvent", "topologyChanged", "mappingChanged")
    held = rt.NodeEventCallback(**{name: lambda *_, name=name: heard.append(name) for name in events})
    node = max_.plane("Plane")
    rt.addModifier(node, rt.UVWMap(mapChannel=2))
    rt.redrawViews()
    rt.delete(node)
    del held
    if not heard:
        raise Undecided("nothing was heard within the script; events may come after it")
    return str(heard)


@settles("MAX-22")
def speed(max_: Max3ds) -> str:
    total, longest = {}, {}
    for segments in (32, 71, 158):
        node = max_.rt.Sphere(segs=segments, mapcoords=True)
        triangles, times = segments * segments * 2, [time.perf_counter()]
        for _ in MaxScene(max_.pymxs).uv_slices(int(max_.rt.getHandleByAnim(node)), 1, 100_000):
            times.append(time.perf_counter())
        total[triangles] = round(times[-1] - times[0], 3)
        longest[triangles] = round(max(after - before for before, after in pairwise(times)), 3)
    evidence = f"seconds by triangles: {total}; longest slice: {longest}"
    need(max(longest.values()) < _NOTICED_S, evidence)
    return evidence


def _open_again(max_: Max3ds, path: str) -> None:
    max_.rt.resetMaxFile(max_.rt.Name("noPrompt"))
    result = max_.rt.loadMaxFile(path, quiet=True)
    if not (result[0] if isinstance(result, tuple) else result):
        raise Undecided(f"3ds Max does not open {path}: {result!r}")
