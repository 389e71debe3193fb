"""All checks, by the name that their findings carry, in the order in which an artist should hear of them."""

from __future__ import annotations

from typing import Final

from max_submitter.preflight import elements, names, network, output, renderer, scene, services, space, used_files, uv
from max_submitter.preflight.look import QuickCheck, SlowCheck

QUICK_CHECKS: Final[dict[str, QuickCheck]] = {
    "scene-unsaved": scene.unsaved,
    "groups-gone": scene.groups_gone,
    "nothing-to-bake": scene.nothing_to_bake,
    "map-without-objects": scene.map_without_objects,
    "no-elements": elements.none_enabled,
    "renderer-cannot-bake": renderer.cannot_bake,
    "element-not-offered": elements.not_offered,
    "element-repeated": elements.repeated,
    "element-alpha": elements.alpha,
    "element-pixel-type": elements.pixel_type,
    "element-size": elements.size,
    "slot-missing": elements.slot,
    "strips-not-possible": renderer.strips,
    "single-pass-not-possible": renderer.single_pass,
    "exposure": scene.exposure,
    "name-duplicate": names.duplicate,
    "name-impossible": names.impossible,
    "uv-channel-missing": uv.missing_channel,
    "frame-range": output.frame_range,
    "file-name-impossible": output.impossible_name,
    "equal-file-names": output.equal_names,
    "output-folder": output.folder_path,
    "network-folder": network.folder_path,
    "not-set-up": services.not_set_up,
    "farm-impossible": services.impossible_farm,
}
"""Pure functions of the input: milliseconds."""

SLOW_CHECKS: Final[dict[str, SlowCheck]] = {
    "uv-outside": uv.outside,
    "uv-empty": uv.empty,
    "uv-overlap": uv.overlap,
    "uv-gutter": uv.gutter,
    "uv-unchecked": uv.unchecked,
    "output-folder-usable": output.folder_usable,
    "files-in-the-way": output.files_in_the_way,
    "network-drive-letter": network.drive_letter,
    "network-folder-usable": network.folder_usable,
    "free-space": space.free_space,
    "missing-files": used_files.missing,
    "redis-unreachable": services.redis,
    "manager-unreachable": services.manager,
}
"""They read UVs, ask shares and services: seconds, in a background thread."""
