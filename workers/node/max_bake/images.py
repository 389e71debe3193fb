"""How 3ds Max writes the images: whole OpenEXR files of R, G, B and A, and nothing but the bake element.

This is what the node's gate takes: one part, scan lines, half or float, display and data window of the whole map.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from workers.node.max_bake import assumptions
from workers.node.max_bake.errors import node_failure
from workers.node.max_bake.restored import changed


def set_exr_output(rt: Any, pixel_type: str) -> None:
    """Set the OpenEXR writer. The settings are the process's, which ends after this task."""
    exr = rt.fopenexr
    settings = (
        exr.setDefaults(),
        exr.setAutoAddRenderElements(False),
        exr.setLayerOutputType(assumptions.EXR_LAYER, assumptions.EXR_TYPE_RGBA),
        exr.setLayerOutputFormat(assumptions.EXR_LAYER, assumptions.EXR_FORMATS[pixel_type]),
        exr.SetCompression(assumptions.EXR_COMPRESSION_ZIP),
        exr.setSaveScanline(True),
        exr.setSaveRegion(False),
    )
    if exr.getLayerOutputFormat(assumptions.EXR_LAYER) != assumptions.EXR_FORMATS[pixel_type]:
        raise node_failure(f"3ds Max did not take {pixel_type} for its OpenEXR files.", why=f"Answers: {settings}.")


@contextlib.contextmanager
def frame_buffer_off(rt: Any, renderer_class: str) -> Iterator[None]:
    """V-Ray writes nothing to 3ds Max's bitmap while its own frame buffer is on; and it must not ask anything."""
    if not renderer_class.startswith(assumptions.VRAY_CLASS):
        yield
        return
    rt.setVRaySilentMode(True)
    renderer = rt.renderers.current
    gpu = rt.isProperty(renderer, rt.Name("V_Ray_settings"))
    with changed(renderer.V_Ray_settings if gpu else renderer, assumptions.VRAY_FRAME_BUFFER, False):
        yield
