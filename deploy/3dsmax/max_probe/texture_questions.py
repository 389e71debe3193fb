"""Questions about bitmaps and the files behind them (`MAX-…`, `OPEN-03`)."""

# ruff: noqa: D103 - the belief behind the id is what a question is about

from __future__ import annotations

from typing import Any

from max_probe.asking import Max3ds, Undecided, need, settles
from max_submitter.placeholder import placeholder_bytes
from max_submitter.scene.max_scene import MaxScene


@settles("MAX-08")
def reloading(max_: Max3ds) -> str:
    texture = _shown_picture(max_, "png")
    texture.reload()
    raise Undecided("reload() can be called; whether the viewport changes needs eyes")


@settles("MAX-09")
def held_files(max_: Max3ds) -> str:
    """Also what happens without freeSceneBitmaps: see OPEN-03."""
    done = {kind: _replaced(max_, kind, free=True) for kind in ("png", "tiff", "exr")}
    need(set(done.values()) == {"replaced"}, done)
    return str(done)


@settles("OPEN-03")
def locked_files(max_: Max3ds) -> str:
    done = {kind: _replaced(max_, kind, free=False) for kind in ("png", "tiff", "exr")}
    need(set(done.values()) == {"replaced"}, done)
    return str(done)


@settles("MAX-10")
def other_bitmaps(max_: Max3ds) -> str:
    found = {}
    for name, wanted in (("VRayBitmap", "HDRIMapName"), ("CoronaBitmap", "filename")):
        made = getattr(max_.rt, name, None)
        if made is not None:
            found[name] = [str(item) for item in max_.rt.getPropNames(made())]
            need(wanted.lower() in (item.lower() for item in found[name]), found)
    if not found:
        raise Undecided("neither V-Ray nor Corona is installed")
    return str(found)


@settles("MAX-19")
def external_files(max_: Max3ds) -> str:
    path = str(max_.folder / "missing.png")
    max_.plane("Plane").material.diffuseMap = max_.rt.BitmapTexture(filename=path)
    found = [str(item) for item in MaxScene(max_.pymxs).used_files()]
    need(any(item.lower().endswith("missing.png") for item in found), found)
    return str(found)


def _picture(kind: str, mark: str) -> bytes:
    return placeholder_bytes(
        width=64,
        height=64,
        file_format=kind,
        pixel_type="half" if kind == "exr" else "uint8",
        alpha=False,
        kind="color",
        job_name="probe",
        mark=mark,
    )


def _shown_picture(max_: Max3ds, kind: str) -> Any:
    path = max_.folder / f"shown.{kind}"
    path.write_bytes(_picture(kind, "first"))
    node = max_.plane("Plane")
    texture = max_.rt.BitmapTexture(filename=str(path))
    node.material.diffuseMap = texture
    max_.rt.showTextureMap(node.material, texture, True)
    max_.rt.redrawViews()
    return texture


def _replaced(max_: Max3ds, kind: str, *, free: bool) -> str:
    _shown_picture(max_, kind)
    fresh = max_.folder / f"fresh.{kind}"
    fresh.write_bytes(_picture(kind, "second"))
    if free:
        max_.rt.freeSceneBitmaps()
    try:
        fresh.replace(max_.folder / f"shown.{kind}")
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return "replaced"
