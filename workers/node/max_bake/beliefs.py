"""What the bake on a node believes about 3ds Max although nobody here has seen it, and how to find out.

The names and values themselves are in `assumptions`. Whoever has 3ds Max goes through this list; what proves wrong is
changed there, and here. Of the same form as the list of the scene port.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Belief:
    """One belief. id: `BAKE-` and two digits, never used again for something else."""

    id: str
    sentence: str
    verify: str


BELIEFS = (
    Belief(
        "BAKE-01",
        "3dsmaxbatch runs a .py script, from a UNC path too, and puts `-mxsString key:path` in maxOps.mxsCmdLineArgs.",
        "Run the built-in command line of a node with a task on a share.",
    ),
    Belief(
        "BAKE-02",
        "3ds Max's Python keeps the environment of its parent: os.environ has FLATIRON_PROGRAM.",
        "Print os.environ from a script under 3dsmaxbatch and from one under 3dsmaxcmd.",
    ),
    Belief(
        "BAKE-03",
        "Python inside 3ds Max imports packages from a zip file (node.pyz) on sys.path, on a UNC path too.",
        "Import workers.node.max_bake.main from node.pyz in the job folder.",
    ),
    Belief(
        "BAKE-04", "3dsmaxbatch runs on a node without a licence of 3ds Max.", "Run it on one clean node; read Max.log."
    ),
    Belief(
        "BAKE-05",
        "The exit code means nothing: -130 for a clean run, 0 for one with a traceback.",
        "Run a script that passes, one that raises and one that calls quitMax #noPrompt exitCode:3, in each version.",
    ),
    Belief(
        "BAKE-06",
        "render rendertype:#bakeSelected writes each element to its `fileType` without outputFile and asks nothing.",
        "Bake a box with two elements in Scanline under 3dsmaxbatch.",
    ),
    Belief(
        "BAKE-07",
        "Through pymxs, render with cancelled=byref(None) returns (bitmap, cancelled), in batch too.",
        "Look at what the call returns.",
    ),
    Belief(
        "BAKE-08",
        "loadMaxFile returns its by-reference lists behind the result in the order of the call, without any prompt.",
        "Load a scene with a missing bitmap, a missing plug-in and a missing XRef.",
    ),
    Belief(
        "BAKE-09",
        "An image is an OpenEXR file of one part with the channels R, G, B and A of the chosen type, whole in display "
        "and data window.",
        "Bake half and float and run `exrheader`, or let the node verify the pieces.",
    ),
    Belief(
        "BAKE-10",
        "Values in the OpenEXR file are linear, whatever the gamma or OCIO settings of 3ds Max (2024 and later).",
        "Bake a self-illuminated object of colour 0.5 and read the pixel, with gamma on, off and with OCIO.",
    ),
    Belief(
        "BAKE-11",
        "With nDilations = 0, alpha is the coverage of the UV charts, smoothed at their edges, and colour is "
        "premultiplied by it; there is no background outside of them.",
        "Bake a white plane that covers half of its UV square; read the pixels along the edge and outside.",
    ),
    Belief(
        "BAKE-12",
        "nDilations = 0 of the node is honoured by V-Ray's elements as well.",
        "Bake the same plane with VRayCompleteMap.",
    ),
    Belief(
        "BAKE-13",
        "renderWidth and renderHeight of the bake properties are those of the only elements on the node.",
        "Bake at 64 and 32 texels; expect two renders of exactly these sizes.",
    ),
    Belief(
        "BAKE-14",
        "getNodeByName takes exact:true all:true and then returns an array.",
        "Make two boxes of one name and one that differs in case.",
    ),
    Belief(
        "BAKE-15",
        "isGroupMember and setGroupMember take a member out of a closed group and put it back.",
        "Bake a member of a closed group; look at the group afterwards.",
    ),
    Belief(
        "BAKE-16",
        "logSystem.logEntry with broadcast=True reaches the file of -log at once.",
        "Follow the file while a bake runs.",
    ),
    Belief(
        "BAKE-17",
        "The ambient occlusion element is AmbientOcclusionBakeElement; Scanline cannot bake it.",
        "Make one; bake it with Scanline and with another renderer.",
    ),
    Belief(
        "BAKE-18",
        "V-Ray's frame buffer is `output_on` of the renderer, or of its V_Ray_settings for V-Ray GPU.",
        "Read both with showProperties.",
    ),
    Belief(
        "BAKE-19",
        "The pre-render script of 3dsmaxcmd may bake: it runs with the scene open, and python.ExecuteFile works in it.",
        "Run the built-in command line of 3dsmaxcmd.",
    ),
    Belief(
        "BAKE-20",
        "Two 3dsmaxbatch on one machine, or one beside an open 3ds Max, do not disturb each other (fopenexr keeps its "
        "settings in a file of the account).",
        "Start two bakes at once, one half and one float.",
    ),
    Belief(
        "BAKE-21",
        "HKLM\\SOFTWARE\\Autodesk\\3dsMax\\<year - 1998>.0 has a value Installdir; ADSK_3DSMAX_x64_<year> is set.",
        "Look at a node with each version.",
    ),
)
