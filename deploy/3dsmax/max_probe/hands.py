"""Beliefs of the package, facts that are open, and everything that only a person can look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Belief:
    """One belief. id: letters and two digits, never used again for something else."""

    id: str
    sentence: str
    verify: str


PACKAGE = (
    Belief(
        "PACK-01",
        "The post-start-up script of a package runs in a 3ds Max with a window, getSourceFileName gives its path, and "
        "Python's path has our folder first and the vendored packages after those of 3ds Max.",
        "Install the package, start 3ds Max, run the probe in it.",
    ),
    Belief(
        "PACK-02",
        "maxOps.isInNonInteractiveMode is true under 3dsmaxbatch, so that the start-up script does nothing there.",
        "With the package installed, run the probe by 3dsmaxbatch.",
    ),
    Belief(
        "PACK-03",
        "fileIn of flatiron.ms makes the global FlatironNet; its functions take and give back texts of Python.",
        "Type `FlatironNet.jobsAsJson()` into the listener.",
    ),
    Belief(
        "PACK-04",
        "Up to 3ds Max 2024 the menu Flatiron appears after the first start, once, and stays.",
        "Start 3ds Max 2024 three times and look.",
    ),
    Belief(
        "PACK-05",
        "From 3ds Max 2025 the menu Flatiron appears: registered after the start, then the configuration is loaded "
        "again; other menus and the artist's changes of them stay.",
        "Change a menu by hand, start 3ds Max 2025 three times and look.",
    ),
    Belief(
        "PACK-06",
        "python.Execute with clearUndoBuffer:false leaves the undo list alone.",
        "Move a box, open the panel by its menu, undo.",
    ),
    Belief(
        "PACK-07",
        "The main window of 3ds Max is found by qtmax, or else by its handle.",
        "Run the probe in a 3ds Max with a window.",
    ),
    Belief(
        "PACK-08",
        "The vendored redis and Celery import in the Python of 3ds Max.",
        "Run the probe in each version; read how long it took.",
    ),
    Belief(
        "PACK-09",
        "#preSystemShutdown calls a Python function while Qt still lives.",
        "Open the panel, change a setting, close 3ds Max at once, start again: the setting is there, no crash report.",
    ),
    Belief(
        "PACK-10",
        "The dock keeps its place over a restart and over a change of workspace, floats and docks; letters typed into "
        "its fields start no command of 3ds Max.",
        "Dock it, restart, switch workspaces; type `w e r` into the field of the Manager.",
    ),
    Belief(
        "PACK-11",
        "A package in %APPDATA%\\Autodesk\\ApplicationPlugins is found as well.",
        "Install with -CurrentUser and start 3ds Max.",
    ),
    Belief(
        "PACK-12",
        "messageBox with a title can be called from Python and shows over the main window.",
        "Rename Contents\\vendored and Contents\\python\\max_submitter\\panel, open the panel by its menu.",
    ),
)

OPEN = (
    Belief("OPEN-01", "The user's site-packages are on sys.path.", "Run the probe in each version."),
    Belief(
        "OPEN-02",
        "Corona and Arnold bake: by legacy Render To Texture, or by Bake To Texture.",
        "Run the probe with each of them installed; read the map types.",
    ),
    Belief(
        "OPEN-03",
        "A PNG, TIFF or EXR that the viewport shows can be replaced without freeSceneBitmaps.",
        "Run the probe in a 3ds Max with a window.",
    ),
    Belief("OPEN-04", "NetRender.GetManager gives a manager to scripts.", "Run the probe; read its properties."),
    Belief(
        "OPEN-05",
        "3ds Max 2024 ignores a .py file as post-start-up component.",
        "Add one to PackageContents.xml and start 3ds Max 2024.",
    ),
    Belief(
        "OPEN-06",
        "Scenes can be saved to paths over 260 characters and to ones with any letters.",
        "Run the probe with and without long paths switched on in Windows.",
    ),
    Belief("OPEN-07", "3dsmaxbatch knows -mxsInt.", "Read `3dsmaxbatch -help`."),
    Belief(
        "OPEN-08",
        "Python is 3.10 or newer, and Qt is PySide2 in 2024 and PySide6 after.",
        "Run the probe in each version.",
    ),
)

EYES = (
    ("Press Bake", "with a scene of your own, on the farm: textures arrive in the slots, one undo takes them back."),
    ("Close 3ds Max while it bakes", "open it again: the textures are in place."),
    ("The licence", "BAKE-04 on a node that never had one; V-Ray's and Corona's own render licences beside it."),
    ("The service account", "a node as a Windows service: it sees the share by UNC, and needs one log-in before."),
    ("Exit codes", "BAKE-05: note them for each version; the farm does not rely on them."),
    ("150 % and two monitors", "fields and pictures keep their place when the panel moves to the other monitor."),
    ("Light and dark theme", "switch the colour scheme of 3ds Max while the panel is open."),
)
"""What no script can see: what to do, and what should happen."""
