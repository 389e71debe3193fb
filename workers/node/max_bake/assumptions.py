"""Names and values of 3ds Max that the bake relies on, from documentation and public code; confirmed in none.

`beliefs` says how to confirm them. If one is wrong, this is the place to mend it.
"""

from __future__ import annotations

TASK_ARGUMENT = "flatiron_task"
"""Key of `-mxsString`; read with a Name, a text fails (aws-deadline/deadline-cloud-for-3ds-max)."""

EXR_LAYER = 0
"""The main layer of OpenEXR files (MAXScript help, "OpenEXR : BitmapIO")."""
EXR_TYPE_RGBA = 0
EXR_FORMATS = {"float": 0, "half": 1}
EXR_COMPRESSION_ZIP = 3
"""ZLIB in blocks of 16 scan lines."""

ELEMENT_CLASSES = {
    "AmbientOcclusion": ("AmbientOcclusionBakeElement", "Ambient_Occlusion", "AmbientOcclusion"),
}
"""Classes to try, in this order, for elements that are not called as their class is."""

ELEMENT_SETTINGS = {"CompleteMap": {"shadowsOn": True}, "DiffuseMap": {"lightingOn": False, "shadowsOn": False}}
"""What an element must be set to beside its size and file; a property that a version does not have is left out."""

LOAD_ACTION = "logmsg"
"""What `loadMaxFile` does about missing files: it logs them and goes on; the lists come back by reference."""
MISSING_LISTS = ("missingExtFilesList", "missingDLLsList", "missingXRefsList")
"""By-reference arguments of `loadMaxFile`; pymxs returns them behind the result, in this order."""

VRAY_CLASS = "V_Ray"
"""Class names of V-Ray begin so and change with every update; its GPU engine begins so too."""
VRAY_FRAME_BUFFER = "output_on"
"""V-Ray's own frame buffer; on the renderer, or below `V_Ray_settings` (GPU)."""

EXPOSURE_THAT_DIFFERS = ("Automatic_Exposure_Control", "Linear_Exposure_Control")
"""Expose each render anew (stock macro Macro_BakeTextures)."""

QUIT_AFTER_FAILURE = "quitMax #noPrompt exitCode:1"
"""MAXScript that ends 3ds Max with an exit code (deadline, export_vrscene_farm.ms)."""
