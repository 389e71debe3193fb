"""Questions about the package inside 3ds Max (`PACK-…`) and about facts that no code rests on yet (`OPEN-…`)."""

# ruff: noqa: D103 - the belief behind the id is what a question is about

from __future__ import annotations

import importlib
import site
import sys
import time

from max_probe.asking import Max3ds, Undecided, need, settles
from max_submitter.scene.max_scene import MaxScene


@settles("PACK-01")
def start_up_script(max_: Max3ds) -> str:
    if max_.contents is None or not max_.is_interactive:
        raise Undecided("ask inside the bundle, in a 3ds Max with a window")
    paths = [path.replace("\\", "/").lower() for path in max_.python_path]
    own, vendored = (f"{max_.contents.as_posix()}/{name}".lower() for name in ("python", "vendored"))
    need(own in paths and vendored in paths, paths)
    need(paths.index(own) == 0, paths)
    return str(paths)


@settles("PACK-02")
def nothing_in_batch(max_: Max3ds) -> str:
    if max_.contents is None or max_.is_interactive:
        raise Undecided("ask under 3dsmaxbatch, with the package installed")
    paths = [path.replace("\\", "/").lower() for path in max_.python_path]
    need(f"{max_.contents.as_posix()}/python".lower() not in paths, paths)
    return "Python was told nothing"


@settles("PACK-03")
def maxscript_calls(max_: Max3ds) -> str:
    if max_.contents is None or not max_.is_interactive:
        raise Undecided("ask inside the bundle, in a 3ds Max with a window")
    found = getattr(max_.rt, "FlatironNet", None)
    need(found is not None, "there is no global FlatironNet")
    return repr(found)


@settles("PACK-07")
def main_window(max_: Max3ds) -> str:
    if not max_.is_interactive:
        raise Undecided("ask in a 3ds Max with a window")
    dock = importlib.import_module("max_submitter.panel.dock")
    window = dock.main_window(lambda: int(max_.rt.windows.getMAXHWND()))
    return f"{type(window).__name__} {window.objectName()!r}"


@settles("PACK-08")
def vendored_packages(max_: Max3ds) -> str:
    begin, found = time.perf_counter(), {}
    for name in ("redis", "celery", "kombu.transport.redis"):
        module = importlib.import_module(name)
        found[name] = f"{getattr(module, '__version__', '')} {module.__file__}"
    return f"{found} in {time.perf_counter() - begin:.1f} s"


@settles("OPEN-01")
def user_site(max_: Max3ds) -> str:
    folder = site.getusersitepackages()
    need(folder in max_.python_path, f"{folder} is not on {max_.python_path}")
    return folder


@settles("OPEN-02")
def corona_and_arnold(max_: Max3ds) -> str:
    found = {}
    for item in max_.rt.rendererClass.classes:
        renderer = item()
        if str(item).startswith(("Corona", "Arnold")):
            max_.rt.renderers.current = renderer
            kinds = [str(kind) for kind in max_.rt.BakeToTexture.getCompatibleMapTypes()]
            found[str(item)] = f"supportsTexureBaking {renderer.supportsTexureBaking}, Bake To Texture {kinds}"
    if not found:
        raise Undecided("neither Corona nor Arnold is installed")
    return str(found)


@settles("OPEN-04")
def net_render(max_: Max3ds) -> str:
    manager = max_.rt.NetRender.GetManager()
    names = [str(name) for name in max_.rt.getPropNames(manager)]
    return f"{manager!r}: {names}"


@settles("OPEN-06")
def odd_paths(max_: Max3ds) -> str:
    done = {}
    for name in ("Küche é 台所", "x" * 100 + "/" + "y" * 100 + "/" + "z" * 100):
        folder = max_.folder / name
        try:
            folder.mkdir(parents=True)
            saved = max_.rt.saveMaxFile(str(folder / "scene.max"), quiet=True)
            done[f"{name[:12]} ({len(str(folder))})"] = f"{saved}, {(folder / 'scene.max').is_file()}"
        except OSError as error:
            done[f"{name[:12]} ({len(str(folder))})"] = f"{type(error).__name__}: {error}"
    need(all(text.endswith(", True") for text in done.values()), done)
    return str(done)


@settles("OPEN-08")
def versions(max_: Max3ds) -> str:
    scene = MaxScene(max_.pymxs)
    qt = importlib.import_module("max_submitter.panel.qt")
    text = f"{scene.version()}, interactive {scene.is_interactive()}, Python {sys.version}, Qt {qt.QtCore.qVersion()}"
    need(sys.version_info >= (3, 10), text)
    return text
