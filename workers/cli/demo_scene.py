"""The demo scene: where it is, and which objects share which map."""

from __future__ import annotations

import json
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError

_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "demo_scene"


def find_scene(given: Path | None) -> Path:
    """The scene to bake: the given one, or the demo scene of the checkout. Raises BadInputError."""
    scene = given or _FOLDER / "demo.glb"
    if scene.is_file():
        return scene
    raise BadInputError(
        f"The scene {scene} does not exist.",
        why="" if given else "The demo scene is part of the source, not of the installed package.",
        advice="Name a .glb, .gltf or .obj file with --scene" + ("." if given else ", or run from a checkout."),
    )


def maps_of(scene: Path) -> list[str]:
    """Object names of every map, joined by commas, from the JSON file beside the scene; none without such a file."""
    beside = scene.with_suffix(".json")
    if not beside.is_file():
        return []
    try:
        maps: list[list[str]] = json.loads(beside.read_text(encoding="utf-8"))["maps"]
        return [",".join(names) for names in maps]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            f"{beside} does not say which objects share a map.",
            why=str(error),
            advice='It must hold {"maps": [["object", …], …]}.',
        ) from None
