"""Open the scene, find the object, and make sure that this 3ds Max renders what the artist's would."""

from __future__ import annotations

from typing import Any

from workers.node.max_bake import assumptions
from workers.node.max_bake.errors import node_failure, scene_failure
from workers.node.max_bake.journal import Journal
from workers.node.max_bake.task import BakeTask

RENDERER_OPTION = "renderer_class"
MISSING_FILES_OPTION = "allow_missing_files"
MISSING_PLUGINS_OPTION = "allow_missing_plugins"


def open_scene(rt: Any, mxs: Any, task: BakeTask, journal: Journal) -> None:
    """Load the scene file without a question. Raises BakeFailedError; what is missing is one, unless allowed."""
    rt.SetQuietMode(True)
    action = rt.Name(assumptions.LOAD_ACTION)
    by_reference = {name: mxs.byref(None) for name in assumptions.MISSING_LISTS}
    loaded, files, plugins, xrefs = rt.loadMaxFile(
        task.scene,
        useFileUnits=True,
        quiet=True,
        missingExtFilesAction=action,
        missingDLLsAction=action,
        missingXRefsAction=action,
        **by_reference,
    )
    if not loaded:
        raise scene_failure(
            f"3ds Max could not open {task.scene}.",
            why=f"This node has 3ds Max {version(rt)}; a scene of a later version cannot be opened.",
            advice="Open the scene on this node and see what 3ds Max says.",
        )
    missing = [*_texts(files), *_texts(xrefs)]
    _report_missing("files", missing, allowed=task.allows(MISSING_FILES_OPTION), journal=journal)
    _report_missing("plug-ins", _texts(plugins), allowed=task.allows(MISSING_PLUGINS_OPTION), journal=journal)


def check_renderer(rt: Any, task: BakeTask) -> str:
    """The class of the scene's renderer. Raises BakeFailedError if it is not the job's, or cannot bake.

    A scene whose render plug-in is missing opens all the same, with another renderer.
    """
    renderer = rt.renderers.current
    found, wanted = str(rt.classOf(renderer)), task.text(RENDERER_OPTION)
    if not found.startswith(wanted):
        raise node_failure(
            f"The scene's renderer is {found} on this node; the job wants {wanted}.",
            why="A scene whose render plug-in is missing opens with another one.",
            advice=f"Install the version of {wanted} that the artist has on this node.",
        )
    if not renderer.supportsTexureBaking:  # spelt so in 3ds Max
        raise scene_failure(
            f"{found} cannot bake textures.",
            why="It does not support Render To Texture.",
            advice="Choose another renderer in the scene.",
        )
    return found


def find_node(rt: Any, name: str) -> Any:
    """The only object of this name. Raises BakeFailedError: of two, nobody knows which."""
    found = list(rt.getNodeByName(name, exact=True, all=True) or ())
    if not found:
        raise scene_failure(f"There is no object {name!r} in the scene.")
    if len(found) > 1:
        raise scene_failure(f"{len(found)} objects are called {name!r}.", advice="Give every object a name of its own.")
    return found[0]


def warn_of_exposure(rt: Any, journal: Journal) -> None:
    """Say so if the scene's exposure control exposes each render differently."""
    control = rt.SceneExposureControl.exposureControl
    name = str(rt.classOf(control))
    if name in assumptions.EXPOSURE_THAT_DIFFERS and control.active:
        journal.warn(f"{name} exposes each object differently; textures of several objects will not match.")


def version(rt: Any) -> str:
    """Product year of this 3ds Max."""
    return str(list(rt.maxVersion())[7])


def _texts(values: Any) -> list[str]:
    return [str(value) for value in values or ()]


def _report_missing(kind: str, missing: list[str], *, allowed: bool, journal: Journal) -> None:
    if not missing:
        return
    named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    if allowed:
        journal.warn(f"missing {kind}: {named}")
    elif kind == "files":
        raise scene_failure(
            f"The scene misses {len(missing)} files on this node.",
            why=named,
            advice="Put them where the nodes can read them (UNC paths), or allow missing files in the job.",
        )
    else:
        raise node_failure(f"The scene misses {len(missing)} plug-ins on this node.", why=named)
