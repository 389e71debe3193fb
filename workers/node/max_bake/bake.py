"""Bake one object's elements by legacy Render To Texture: one interface for 3ds Max 2022 to 2027, and no prompts."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workers.node.max_bake import restored
from workers.node.max_bake.elements import make_element
from workers.node.max_bake.errors import BakeFailedError, node_failure, scene_failure
from workers.node.max_bake.images import frame_buffer_off, set_exr_output
from workers.node.max_bake.journal import Journal
from workers.node.max_bake.scene import find_node
from workers.node.max_bake.task import BakeObject, BakeOutput, BakeTask


def bake(rt: Any, mxs: Any, task: BakeTask, renderer_class: str, journal: Journal) -> None:
    """Bake every output of the task. The scene is open; it is as before afterwards, also after an error.

    Raises BakeFailedError.
    """
    node = find_node(rt, task.target.name)
    _close_render_setup(rt)
    renders = _of_equal_size(task.outputs)
    with contextlib.ExitStack() as stack:
        stack.enter_context(restored.quiet(rt, mxs))
        stack.enter_context(frame_buffer_off(rt, renderer_class))
        stack.enter_context(restored.radiosity_kept(rt))
        stack.enter_context(restored.out_of_group(rt, node))
        stack.enter_context(restored.own_material(rt, node))
        stack.enter_context(_no_empty_projection(node))
        stack.enter_context(restored.selected_alone(rt, node))
        for index, outputs in enumerate(renders):
            names = ", ".join(output.element for output in outputs)
            journal.step(index, len(renders), f"{task.target.name}: {names}")
            _bake_at_one_size(rt, mxs, node, task, outputs)
            rt.RadiosityPreferences.computeRadiosity = False  # the first render has computed it
    journal.step(len(renders), len(renders), "baked")


def _of_equal_size(outputs: Sequence[BakeOutput]) -> list[list[BakeOutput]]:
    """One render for each size and pixel type: of several sizes, only the largest would be exact."""
    groups: dict[tuple[int, int, str], list[BakeOutput]] = {}
    for output in outputs:
        groups.setdefault((output.width, output.height, output.pixel_type), []).append(output)
    return list(groups.values())


def _bake_at_one_size(rt: Any, mxs: Any, node: Any, task: BakeTask, outputs: list[BakeOutput]) -> None:
    _check_folders(outputs)
    set_exr_output(rt, outputs[0].pixel_type)
    elements = [make_element(rt, output) for output in outputs]
    with restored.bake_elements(rt, node, task.target.uv_channel, elements):
        _check_set_up(node, task.target, outputs[0])
        _render(rt, mxs, task, outputs[0])
    for output in outputs:
        _check_written(output)


def _render(rt: Any, mxs: Any, task: BakeTask, size: BakeOutput) -> None:
    """One object per call: several would each write their own file (and most renderers refuse them)."""
    image = rt.bitmap(size.width, size.height)
    try:
        _, cancelled = rt.render(
            rendertype=rt.Name("bakeSelected"),
            frame=task.frame,
            to=image,
            vfb=False,
            cancelled=mxs.byref(None),
            disableBitmapProxies=True,
        )
    finally:
        rt.close(image)
    if cancelled:
        raise BakeFailedError("The render was cancelled.", advice="Look at this node: who or what pressed Cancel?")


def _check_set_up(node: Any, target: BakeObject, size: BakeOutput) -> None:
    properties = node.INodeBakeProperties
    found = properties.renderWidth(), properties.renderHeight()
    if not properties.effectiveEnable() or found != (size.width, size.height):
        raise scene_failure(
            f"3ds Max would not bake {target.name!r} at {size.width} x {size.height} texels.",
            why=f"It would bake {found[0]} x {found[1]}, or the object is hidden, frozen or not renderable.",
        )


def _check_folders(outputs: list[BakeOutput]) -> None:
    """3ds Max makes no folders: without one, an image goes nowhere."""
    for folder in sorted({Path(output.path).parent for output in outputs}):
        if not folder.is_dir():
            raise BakeFailedError(f"The folder {folder} is gone.", advice="Check the share.", failure_class="share")


def _check_written(output: BakeOutput) -> None:
    path = Path(output.path)
    if not path.is_file() or not path.stat().st_size:
        raise node_failure(
            f"3ds Max wrote no image for {output.element}.",
            why=f"After the render there is no {path}.",
            advice="Read the log; see whether the renderer offers this element.",
        )


def _close_render_setup(rt: Any) -> None:
    """An open Render Setup would write its own settings back over ours."""
    if rt.renderSceneDialog.isOpen():
        rt.renderSceneDialog.commit()
        rt.renderSceneDialog.close()


def _no_empty_projection(node: Any) -> contextlib.AbstractContextManager[Any]:
    """Projection that is on without a modifier bakes nothing; the stock macro switches it off."""
    projection = node.INodeBakeProjProperties
    if projection.projectionMod is None and projection.enabled:
        return restored.changed(projection, "enabled", False)
    return contextlib.nullcontext()
