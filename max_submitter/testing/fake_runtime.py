"""A strict fake of `pymxs.runtime`: what the research and the documentation say it does, and an error for the rest.

`FakeRuntime` holds the globals; unknown ones raise AttributeError. Everything asked of it is on its `tape`. Put
`FakePymxs(runtime)` into `sys.modules["pymxs"]` to run code that imports the module.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from max_submitter.testing.fake_runtime_baking import BakedImage, FakeExr, WriteImage, bake_element_class, size_of
from max_submitter.testing.fake_runtime_scene import EXPOSURES, MATERIALS, RENDERERS, FakeFile, FakeNode, make_class
from max_submitter.testing.fake_runtime_values import FakeArguments, FakeArray, FakeClass, FakeName, StrictObject, Tape


def _write_something(image: BakedImage) -> None:
    image.path.write_bytes(b"image")


class ByRef:
    """`pymxs.byref(value)`: the call then returns a tuple."""

    def __init__(self, value: object) -> None:
        self.value = value


class FakePymxs:
    """The module `pymxs`."""

    def __init__(self, runtime: FakeRuntime) -> None:
        self.runtime = runtime

    byref = ByRef

    @contextlib.contextmanager
    def undo(self, enabled: bool, label: str = "") -> Iterator[None]:
        """With undo on or off."""
        with self.runtime.within(f"undo {enabled} {label}".rstrip()):
            yield

    @contextlib.contextmanager
    def redraw(self, enabled: bool) -> Iterator[None]:
        """With redraw on or off."""
        with self.runtime.within(f"redraw {enabled}"):
            yield


class FakeRuntime:
    """The globals of MAXScript. Names are spelt as in 3ds Max."""

    Name = FakeName

    def __init__(
        self,
        *,
        files: Mapping[str, FakeFile] | None = None,
        arguments: Mapping[str, str] | None = None,
        write_image: WriteImage = _write_something,
        year: int = 2026,
    ) -> None:
        self.tape = Tape()
        self.files = dict(files or {})
        self.write_image = write_image
        self.cancels = False
        self.baked: list[BakedImage] = []
        self.contexts: list[str] = []
        self.quit_codes: list[str] = []
        self.silent = False
        self.nodes: list[FakeNode] = []
        self._year = year
        self._make_interfaces(dict(arguments or {}))
        self._make_classes()

    def _make_interfaces(self, arguments: dict[str, str]) -> None:
        tape = self.tape
        self.selection: list[FakeNode] = []
        self.fopenexr = FakeExr(tape)
        self.maxOps = StrictObject(
            tape, "maxOps", mxsCmdLineArgs=FakeArguments(arguments), isInNonInteractiveMode=lambda: True
        )
        self.instanceMgr = StrictObject(tape, "instanceMgr", autoMtlPropagation=True)
        self.RadiosityPreferences = StrictObject(tape, "RadiosityPreferences", computeRadiosity=True)
        self.SceneExposureControl = StrictObject(tape, "SceneExposureControl", exposureControl=None)
        self.renderers = StrictObject(tape, "renderers", current=None)
        self.logSystem = _FakeLogSystem(tape)
        self.renderSceneDialog = _FakeRenderSetup(tape)

    def _make_classes(self) -> None:
        for name, properties in {**MATERIALS, **RENDERERS}.items():
            setattr(self, name, make_class(self.tape, name, properties))
        for name in EXPOSURES:
            setattr(self, name, make_class(self.tape, name, {"active": True}))
        self.UndefinedClass = FakeClass("UndefinedClass", lambda _: None)
        self.CompleteMap = bake_element_class(self.tape, "CompleteMap", shadowsOn=True)
        self.DiffuseMap = bake_element_class(self.tape, "DiffuseMap", lightingOn=True, shadowsOn=True)
        self.LightingMap = bake_element_class(self.tape, "LightingMap", directOn=True, indirectOn=True, shadowsOn=True)
        self.NormalsMap = bake_element_class(self.tape, "NormalsMap")
        self.AmbientOcclusionBakeElement = bake_element_class(self.tape, "AmbientOcclusionBakeElement")
        self.renderers.current = self.Default_Scanline_Renderer()

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"this 3ds Max knows no {name!r}")

    @contextlib.contextmanager
    def within(self, context: str) -> Iterator[None]:
        """A context of pymxs; `contexts` lists the open ones."""
        self.contexts.append(context)
        try:
            yield
        finally:
            self.contexts.remove(context)

    def classOf(self, value: Any) -> Any:  # noqa: N802, D102
        return self.UndefinedClass if value is None else value.max_class

    def isProperty(self, value: Any, name: FakeName) -> bool:  # noqa: N802, D102
        if not isinstance(name, FakeName):
            raise TypeError("isProperty takes a Name")
        return isinstance(value, StrictObject) and value.has_property(str(name))

    def maxVersion(self) -> FakeArray:  # noqa: N802, D102
        internal = (self._year - 1998) * 1000
        return FakeArray([internal, 62, 0, 0, 0, 0, 0, self._year, "", "3ds Max"])

    def SetQuietMode(self, on: bool) -> None:  # noqa: N802, D102
        self.tape.add("SetQuietMode", on)

    def setSilentMode(self, on: bool) -> bool:  # noqa: N802, D102
        self.tape.add("setSilentMode", on)
        before, self.silent = self.silent, on
        return before

    def setVRaySilentMode(self, on: bool) -> None:  # noqa: N802, D102
        self.tape.add("setVRaySilentMode", on)

    def loadMaxFile(self, path: str, **arguments: Any) -> Any:  # noqa: N802
        """Replace the scene. By-reference arguments come back behind the result, in the order of the call."""
        self.tape.add("loadMaxFile", path, **arguments)
        file = self.files.get(path)
        opened = file is not None and file.can_be_opened
        missing: dict[str, list[str]] = {}
        if file is not None and opened:
            self.open(file)
            missing = file.missing
        lists = [missing.get(name, []) for name, value in arguments.items() if isinstance(value, ByRef)]
        return (opened, *(FakeArray(items) for items in lists))

    def open(self, file: FakeFile) -> None:
        """What a person does by hand; not a function of 3ds Max."""
        self.nodes = list(file.nodes)
        self.renderers.current = getattr(self, file.renderer)()
        self.SceneExposureControl.exposureControl = getattr(self, file.exposure)() if file.exposure else None

    def getNodeByName(self, name: str, *, exact: bool = False, all: bool = False) -> Any:  # noqa: A002, N802, D102
        found = [node for node in self.nodes if (node.name == name if exact else node.name.lower() == name.lower())]
        return FakeArray(found) if all else next(iter(found), None)

    def select(self, nodes: Any) -> None:  # noqa: D102
        self.tape.add("select", nodes)
        self.selection = list(nodes) if isinstance(nodes, list) else [nodes]

    def clearSelection(self) -> None:  # noqa: N802, D102
        self.tape.add("clearSelection")
        self.selection = []

    def isGroupMember(self, node: FakeNode) -> bool:  # noqa: N802, D102
        return bool(node.in_closed_group)

    def setGroupMember(self, node: FakeNode, member: bool) -> None:  # noqa: N802, D102
        self.tape.add("setGroupMember", node.name, member)
        object.__setattr__(node, "in_closed_group", member)

    def bitmap(self, width: int, height: int) -> Any:  # noqa: D102
        return StrictObject(self.tape, "bitmap", width=width, height=height, is_open=True)

    def close(self, bitmap: Any) -> None:  # noqa: D102
        bitmap.is_open = False

    def execute(self, text: str) -> None:
        """MAXScript text: only the one that ends 3ds Max is known."""
        if not text.startswith("quitMax #noPrompt"):
            raise RuntimeError(f"the fake does not know {text!r}")
        self.quit_codes.append(text.rpartition(":")[2])

    def render(
        self,
        *,
        rendertype: FakeName,
        frame: int,
        to: Any,
        vfb: bool,
        cancelled: ByRef,
        disableBitmapProxies: bool,  # noqa: N803
    ) -> tuple[Any, bool]:
        """Bake the selected objects: one file per enabled element, overwritten without a question."""
        self.tape.add("render", rendertype, frame=frame, vfb=vfb, disableBitmapProxies=disableBitmapProxies)
        if rendertype != FakeName("bakeSelected") or not isinstance(cancelled, ByRef) or not to.is_open:
            raise RuntimeError("the fake only bakes, into an open bitmap")
        for node in [] if self.cancels else self.selection:
            self._bake(node)
        return to, self.cancels

    def _bake(self, node: FakeNode) -> None:
        properties = node.INodeBakeProperties
        if node.in_closed_group or node.isHidden or not properties.effectiveEnable():
            return
        if node.material is None:
            raise RuntimeError("supersampling of an object without material fails")
        for element in properties.elements:
            path = Path(element.fileType)
            if element.enabled and path.parent.is_dir():
                self._write(node, element, path)

    def _write(self, node: FakeNode, element: Any, path: Path) -> None:
        properties = node.INodeBakeProperties
        image = BakedImage(
            node=node.name,
            element=str(element.max_class),
            path=path,
            width=size_of(element)[0],
            height=size_of(element)[1],
            channel=properties.bakeChannel,
            padding=properties.nDilations,
            material=self._rendered_material(node),
            exr=self.fopenexr.settings(),
        )
        self.baked.append(image)
        self.write_image(image)

    def _rendered_material(self, node: FakeNode) -> Any:
        material = node.material
        if self.classOf(material) is not self.Shell_Material:
            return material
        return material.bakedMaterial if material.renderMtlIndex else material.originalMaterial


class _FakeLogSystem:
    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def logEntry(self, text: str, *, broadcast: bool) -> None:  # noqa: N802
        self._tape.add("logEntry", text, broadcast=broadcast)


class _FakeRenderSetup:
    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.is_open = False

    def isOpen(self) -> bool:  # noqa: N802
        return self.is_open

    def commit(self) -> None:
        self._tape.add("renderSceneDialog.commit")

    def close(self) -> None:
        self._tape.add("renderSceneDialog.close")
        self.is_open = False
