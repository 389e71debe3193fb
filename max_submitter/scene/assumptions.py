"""What the scene port believes about 3ds Max although nobody here has seen it: the one list.

Code that rests on a belief names it (`MAX-07`). Whoever has 3ds Max runs the probe and the contract suite there; what
proves wrong is changed at the place that names the id, and here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Assumption:
    """One belief."""

    id: str
    """`MAX-` and two digits; never used again for something else."""
    sentence: str
    verify: str
    """How to find out inside 3ds Max."""


ASSUMPTIONS: Final = (
    Assumption(
        "MAX-01",
        "getHandleByAnim gives a number that stays the same while a node lives; getAnimByHandle finds the node by it.",
        "Take the handle of a box, rename it, find it by the handle; delete it, expect undefined.",
    ),
    Assumption(
        "MAX-02",
        "Errors of MAXScript reach Python as RuntimeError, unknown names as AttributeError or as None.",
        "Call rt.execute('1/0'), read rt.noSuchGlobal and rt.Box().noSuchProperty.",
    ),
    Assumption(
        "MAX-03",
        "meshop.getNumMaps, getMapSupport, getNumMapVerts, getNumMapFaces, getMapFace and getMapVert work on what "
        "snapshotAsMesh returns; map channels count from 0, faces and vertices from 1; delete frees it.",
        "Snapshot a box with mapping coordinates: channel 1 is supported and has 12 faces; delete the snapshot.",
    ),
    Assumption(
        "MAX-04",
        "getNumNamedSelSets, getNamedSelSetName, getNamedSelSetItemCount and getNamedSelSetItem list the named "
        "selection sets, all counting from 1.",
        "Make two sets of boxes and list them.",
    ),
    Assumption(
        "MAX-05",
        "refs.dependentNodes lists the nodes that use a material, also inside Shell and Multi/Sub-Object materials.",
        "Give one Standard material to a box, and to another one through a Shell material; expect both.",
    ),
    Assumption(
        "MAX-06",
        "copy of a material, a Shell material too, is deep: its sub-materials are copies.",
        "Copy a Shell material and compare originalMaterial of both.",
    ),
    Assumption(
        "MAX-07",
        "A material turns a slot on by a property named like the map property with `_on` (Physical), or by an item of "
        "`mapEnables` in the order of the slots (Standard).",
        "Print getPropNames of PhysicalMaterial and mapEnables of StandardMaterial beside their slot names.",
    ),
    Assumption(
        "MAX-08",
        "Bitmaptexture.reload() reads the file anew; other bitmap classes do when their path is emptied and set again.",
        "Show a PNG in the viewport, replace the file, call both.",
    ),
    Assumption(
        "MAX-09",
        "freeSceneBitmaps lets go of the files that bitmaps hold open, and they are read again when needed.",
        "Replace a PNG, a TIFF and an EXR that the viewport shows, with and without the call.",
    ),
    Assumption(
        "MAX-10",
        "V-Ray bitmaps keep their path in HDRIMapName, Corona's in filename.",
        "Print getPropNames of VRayBitmap and CoronaBitmap.",
    ),
    Assumption(
        "MAX-11",
        "User properties of rootNode are kept in the scene file, also 20,000 characters of the base64 alphabet.",
        "Write one, save, reset, open, read.",
    ),
    Assumption(
        "MAX-12",
        "saveMaxFile with useNewFile:false and clearNeedSaveFlag:false leaves maxFileName and getSaveRequired as they "
        "were; it may send #filePostSave like any saving.",
        "Modify a saved scene, save a copy, compare; count the callbacks.",
    ),
    Assumption(
        "MAX-13",
        "The class of renderers.current begins with the prefixes of renderers.FAMILIES, and supportsTexureBaking "
        "(spelt without the second t) is true where legacy Render To Texture works.",
        "Print both for every renderer that is installed.",
    ),
    Assumption(
        "MAX-14",
        "The class of the ambient occlusion element is one of those in renderers.CLASSES, and all other elements are "
        "called as their class is.",
        "Construct every element of renderers.FAMILIES by its class and bake a box with it.",
    ),
    Assumption(
        "MAX-15",
        "sceneExposureControl.exposureControl may be set to undefined, as a step of undo, and its classes begin as in "
        "renderers.EXPOSURES.",
        "Set each exposure control in turn, print its class, remove it, undo.",
    ),
    Assumption(
        "MAX-16",
        "int() of animationRange.start, animationRange.end and currentTime gives frames.",
        "Set the range to 5 and 10 and the time to 7.",
    ),
    Assumption(
        "MAX-17",
        "The callbacks #filePostOpen, #systemPostNew, #systemPostReset, #filePostSave and #selectionSetChanged call a "
        "Python function without arguments on the main thread.",
        "Register one for each, open, reset, save, select.",
    ),
    Assumption(
        "MAX-18",
        "A path that was assigned to a bitmap reads back under the same file name, even where 3ds Max is set to "
        "convert paths to UNC or to relative ones.",
        "Switch the preference on, assign a path on a mapped drive, read it back.",
    ),
    Assumption(
        "MAX-19",
        "ATSOps.GetFiles lists every external file without a dialog.",
        "Call it in a scene with missing textures, XRefs and proxies, interactively and in batch.",
    ),
    Assumption(
        "MAX-20",
        "displayTempPrompt shows a text in the prompt line for milliseconds, and format writes to the listener, in "
        "batch as well.",
        "Call both, interactively and in batch.",
    ),
    Assumption(
        "MAX-21",
        "NodeEventCallback takes Python functions for the events that uv_channels names, calls them on the main thread "
        "when a modifier is added or changed, a mesh is edited, a scene is reset or opened, and ends with its object.",
        "Register it, add UVW Map, change its map channel, collapse, reset; count the calls; forget it, count again.",
    ),
    Assumption(
        "MAX-22",
        "Reading the UV coordinates of 500 triangles, one slice, takes less than 50 ms.",
        "Time the slices of MaxScene.uv_slices on spheres of 2,000, 10,000 and 50,000 triangles.",
    ),
)
