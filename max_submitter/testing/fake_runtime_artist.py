"""The fake runtime of an artist's session: what `MaxScene` asks of 3ds Max, on top of what a bake asks.

A test builds the scene with `add_node`, `add_group` and properties; everything else is spelt as in 3ds Max.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_runtime import ByRef, FakePymxs, FakeRuntime
from max_submitter.testing.fake_runtime_baking import bake_element_class
from max_submitter.testing.fake_runtime_callbacks import FakeCallbacks, FakeNodeEventCallback
from max_submitter.testing.fake_runtime_maps import FakeMaps, from_one
from max_submitter.testing.fake_runtime_materials import material_classes
from max_submitter.testing.fake_runtime_nodes import FakeArtistNode, FakeMesh, FakeMeshOp, FakeUserProperties
from max_submitter.testing.fake_runtime_scene import make_class
from max_submitter.testing.fake_runtime_undo import UndoableObject, UndoLog
from max_submitter.testing.fake_runtime_values import FakeArray, FakeName, StrictObject

_MORE_ELEMENTS = ("SpecularMap", "BlendMap", "ShadowsMap", "AlphaMap", "HeightMap", "VRayCompleteMap", "VRayNormalsMap")
_MORE_RENDERERS = ("CoronaRenderer", "Arnold", "ART_Renderer")


class FakeArtistPymxs(FakePymxs):
    """The module `pymxs`; it fails on any thread but the one that made it."""

    runtime: FakeArtistRuntime

    def __init__(self, runtime: FakeArtistRuntime) -> None:
        super().__init__(runtime)
        self._thread = threading.get_ident()

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__").get("_thread")
        if name in ("runtime", "undo", "byref") and own not in (None, threading.get_ident()):
            raise RuntimeError("pymxs was called off the main thread")
        return object.__getattribute__(self, name)

    @contextmanager
    def undo(self, enabled: bool, label: str = "") -> Iterator[None]:
        """With undo on or off."""
        with super().undo(enabled, label):
            if not enabled:
                yield
                return
            with self.runtime.log.step(label):
                yield


class FakeArtistRuntime(FakeMaps, FakeRuntime):
    """The globals of MAXScript in a session with an artist."""

    def __init__(self, *, year: int = 2025) -> None:
        self.log = UndoLog()
        self.nodes: list[Any] = []
        super().__init__(year=year)
        self.groups: dict[str, list[Any]] = {}
        self.files_used: list[str] = []
        self.prompts: list[str] = []
        self.listener: list[str] = []
        self.meshes: list[FakeMesh] = []
        self.shown: list[Any] = []
        self.saves_without_a_file = False
        self.maxFilePath, self.maxFileName = "", ""
        self.currentTime = 0
        self._handles: dict[int, Any] = {}
        self._user_properties = FakeUserProperties()
        self.rootNode = object()
        self._add_interfaces()
        self._add_classes()
        self.tape.calls.clear()

    def _add_interfaces(self) -> None:
        tape = self.tape
        self.is_batch = False
        self.maxOps = StrictObject(tape, "maxOps", isInNonInteractiveMode=lambda: self.is_batch)
        self.SceneExposureControl = UndoableObject(tape, self.log, "SceneExposureControl", exposureControl=None)
        self.animationRange = StrictObject(tape, "animationRange", start=0, end=100)
        self.meshop = FakeMeshOp()
        self.callbacks = FakeCallbacks()
        self.NodeEventCallback = FakeNodeEventCallback()
        self.refs = StrictObject(tape, "refs", dependentNodes=self.dependent_nodes)
        self.ATSOps = StrictObject(tape, "ATSOps", Refresh=lambda: tape.add("ATSOps.Refresh"), GetFiles=self._get_files)

    def _add_classes(self) -> None:
        for name, made in material_classes(self.tape, self.log).items():
            setattr(self, name, made)
        for name in _MORE_ELEMENTS:
            setattr(self, name, bake_element_class(self.tape, name))
        for name in _MORE_RENDERERS:
            setattr(self, name, make_class(self.tape, name, {"supportsTexureBaking": True}))
        for name in ("GeometryClass", "Light", "Editable_Mesh", "TargetObject", "Logarithmic_Exposure_Control"):
            setattr(self, name, make_class(self.tape, name, {}))

    # What a person does by hand.

    def add_node(
        self, name: str, *, material: Any = None, uv: dict[int, Sequence[float]] | None = None, base: object = None
    ) -> FakeArtistNode:
        """Make a node; one with the `base` of another is its instance."""
        node = FakeArtistNode(self, name, material=material, uv=dict(uv or {}), base=base or object())
        self.nodes.append(node)
        self.log.is_modified = True
        self.getHandleByAnim(node)
        return node

    def save_as(self, path: Path) -> None:
        """Give the scene a file."""
        self.maxFilePath, self.maxFileName = f"{path.parent}/", path.name
        self.saveMaxFile(str(path), quiet=True)

    # What MAXScript has.

    def superClassOf(self, value: Any) -> Any:  # noqa: N802, D102
        return value.super_class

    def isValidNode(self, value: Any) -> bool:  # noqa: N802, D102
        return value in self.nodes

    def getHandleByAnim(self, value: Any) -> int:  # noqa: N802, D102
        for handle, item in self._handles.items():
            if item is value:
                return handle
        handle = 1000 + len(self._handles)
        self._handles[handle] = value
        return handle

    def getAnimByHandle(self, handle: int) -> Any:  # noqa: N802
        """A deleted node is still an animatable, but no valid node."""
        return self._handles.get(handle)

    def getNumNamedSelSets(self) -> int:  # noqa: N802, D102
        return len(self.groups)

    def getNamedSelSetName(self, number: int) -> str:  # noqa: N802, D102
        return list(self.groups)[from_one(number)]

    def getNamedSelSetItemCount(self, number: int) -> int:  # noqa: N802, D102
        return len(list(self.groups.values())[from_one(number)])

    def getNamedSelSetItem(self, number: int, item: int) -> Any:  # noqa: N802, D102
        return list(self.groups.values())[from_one(number)][from_one(item)]

    def getCurrentSelection(self) -> FakeArray:  # noqa: N802, D102
        return FakeArray(list(self.selection))

    def getUserProp(self, node: Any, key: str) -> Any:  # noqa: N802, D102
        return self._user_properties.get(node, key)

    def setUserProp(self, node: Any, key: str, value: Any) -> None:  # noqa: N802, D102
        self._user_properties.set(node, key, value)

    def snapshotAsMesh(self, node: FakeArtistNode) -> FakeMesh:  # noqa: N802, D102
        mesh = FakeMesh(dict(node.uv))
        self.meshes.append(mesh)
        return mesh

    def delete(self, thing: Any) -> None:  # noqa: D102
        if isinstance(thing, FakeMesh):
            thing.is_deleted = True
        else:
            self.nodes.remove(thing)
            self.selection = [node for node in self.selection if node is not thing]
            self.log.is_modified = True

    def select(self, nodes: Any) -> None:  # noqa: D102
        super().select(nodes)
        self.callbacks.send("selectionSetChanged")

    def Plane(self, *, name: str, lengthsegs: int, widthsegs: int, mapcoords: bool) -> FakeArtistNode:  # noqa: N802
        """A plane of two triangles that fill the map."""
        if (lengthsegs, widthsegs, mapcoords) != (1, 1, True):
            raise RuntimeError("the fake makes planes of two triangles with mapping coordinates only")
        return self.add_node(name, uv={1: (0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1)})

    def resetMaxFile(self, prompt: FakeName) -> None:  # noqa: N802
        """An empty scene without a file."""
        if prompt != FakeName("noPrompt"):
            raise RuntimeError("a dialog is open")
        self.nodes, self.selection, self.groups = [], [], {}
        self.maxFilePath, self.maxFileName = "", ""
        self._user_properties = FakeUserProperties()
        self.log.clear()
        self.callbacks.send("systemPostReset")

    def execute(self, text: str) -> None:
        """MAXScript text: undoing, and making a named selection set of the selection."""
        made = re.fullmatch(r'selectionSets\["([^"\\]+)"\] = selection as array', text)
        if made:
            self.groups[made[1]] = list(self.selection)
        elif text == "max undo":
            self.log.undo()
        else:
            super().execute(text)

    def getSaveRequired(self) -> bool:  # noqa: N802, D102
        return self.log.is_modified

    def setSaveRequired(self, on: bool) -> None:  # noqa: N802, D102
        self.log.is_modified = on

    def saveMaxFile(  # noqa: N802
        self,
        path: str,
        *,
        clearNeedSaveFlag: bool = True,  # noqa: N803
        useNewFile: bool = True,  # noqa: N803
        quiet: bool = False,
    ) -> bool:
        """Write the scene; false if it cannot, and a dialog unless it is quiet."""
        self.tape.add("saveMaxFile", path, clearNeedSaveFlag=clearNeedSaveFlag, useNewFile=useNewFile, quiet=quiet)
        if not quiet:
            raise RuntimeError("a dialog is open")
        file = Path(path)
        if not file.parent.is_dir():
            return False
        if not self.saves_without_a_file:
            file.write_bytes("".join(f"{node.name}\n" for node in self.nodes).encode())
        if useNewFile:
            self.maxFilePath, self.maxFileName = f"{file.parent}/", file.name
        self.log.is_modified = self.log.is_modified and not clearNeedSaveFlag
        self.callbacks.send("filePostSave")
        return True

    def displayTempPrompt(self, text: str, milliseconds: int) -> None:  # noqa: N802, D102
        self.prompts.append(text)
        self.tape.add("displayTempPrompt", text, milliseconds)

    def format(self, pattern: str, *values: Any) -> None:
        """Write to the listener; every per cent sign of the pattern takes a value."""
        if pattern.count("%") != len(values):
            raise RuntimeError("format wants a value per %")
        parts = pattern.split("%")
        self.listener.append("".join(a + str(b) for a, b in zip(parts, (*values, ""), strict=True)))

    def _get_files(self, files: ByRef) -> FakeArray:
        if not isinstance(files, ByRef):
            raise TypeError("GetFiles takes a variable by reference")
        shown = (getattr(item, item.path_property) for item in self.bitmaps())
        paths = [*self.files_used, *(path for path in shown if path)]
        return FakeArray([len(paths), FakeArray(paths)])
