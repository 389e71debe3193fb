"""Checks on the table of elements: some enabled, offered by the renderer, and held by their file formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial

from flatiron_tasks.contracts.elements import FILE_FORMATS, check_sides
from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.bake_settings import BakeSettings, ElementSettings
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes, SettingsEdit
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.wording import listed, named


def none_enabled(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """No element is switched on."""
    if not given.elements:
        yield Finding(
            "no-elements",
            "fatal",
            "No bake element is switched on.",
            "Add an element to the table, or switch one on.",
            where="elements",
        )


def not_offered(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Elements that the renderer of the scene does not have. A renderer that cannot bake has none: said elsewhere."""
    renderer = given.scene.renderer
    offered = {offer.name for offer in renderer.elements}
    unknown = [element.name for element in given.elements if element.name not in offered]
    if renderer.can_bake and unknown:
        yield Finding(
            "element-not-offered",
            "fixable",
            f"{renderer.name} has no bake element {named(unknown)}.",
            f"Choose {listed(sorted(offered), last=' or ') or 'another renderer'}, or switch it off.",
            where="elements",
            fix_label="Switch off",
            fix=partial(fixes.change, _edit(unknown, lambda element: replace(element, enabled=False))),
        )


def repeated(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """One element twice: a pass renders each element once."""
    names = [name for name, count in Counter(element.name for element in given.elements).items() if count > 1]
    if names:
        yield Finding(
            "element-repeated",
            "fatal",
            f"The element {named(names)} is in the table more than once.",
            "Switch off all but one of them.",
            where="elements",
        )


def alpha(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Alpha in a format that has none."""
    bad = [element for element in given.elements if element.alpha and not FILE_FORMATS[element.file_format][2]]
    if bad:
        names = [element.name for element in bad]
        yield Finding(
            "element-alpha",
            "fixable",
            f"{_formats(bad)} files have no alpha, and {named(names)} shall keep it.",
            "Switch alpha off, or choose another file format.",
            where="elements",
            fix_label="Switch alpha off",
            fix=partial(fixes.change, _edit(names, lambda element: replace(element, alpha=False))),
        )


def pixel_type(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """A pixel type that the format cannot hold."""
    bad = [element for element in given.elements if element.pixel_type not in FILE_FORMATS[element.file_format][1]]
    if bad:
        wishes = listed([f"{element.pixel_type} ({element.file_format.upper()})" for element in bad])
        names = [element.name for element in bad]
        yield Finding(
            "element-pixel-type",
            "fixable",
            f"The file format of {named(names)} cannot hold such pixels: {wishes}.",
            "Choose another pixel type or file format.",
            where="elements",
            fix_label="Use the deepest type the format holds",
            fix=partial(fixes.change, _edit(names, _with_deepest_type)),
        )


def size(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Textures larger than their format can be, or with fewer rows than strips."""
    for element in given.elements:
        try:
            check_sides(element.file_format, element.width, element.height)
        except BadInputError as error:
            what = f"{element.name}: {error.reason}"
            yield Finding("element-size", "fatal", what, f"{error.advice}.", where="elements")
        if element.height < given.settings.strips:
            yield Finding(
                "element-size",
                "fatal",
                f"{element.name} has {element.height} rows and cannot be cut into {given.settings.strips} strips.",
                "Choose fewer strips or a larger texture.",
                where="strips",
            )


def slot(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Slots that the material of an object does not have; a Shell material brings its own baked side."""
    if given.settings.shell:
        return
    for element in given.elements:
        without = [item.name for item in given.objects if element.slot and not _has_slot(item.slots, element.slot)]
        if without:
            yield Finding(
                "slot-missing",
                "warning",
                f'The material of {named(without)} has no slot "{element.slot}": '
                f"{element.name} will be made, but not shown there.",
                "Choose another slot or none, or switch the Shell material on.",
                where="elements",
            )


def _has_slot(slots: Collection[str], slot: str) -> bool:
    """3ds Max spells slots in any case."""
    return slot.casefold() in {name.casefold() for name in slots}


def _with_deepest_type(element: ElementSettings) -> ElementSettings:
    types = FILE_FORMATS[element.file_format][1]
    return element if element.pixel_type in types else replace(element, pixel_type=types[-1])


def _formats(elements: Collection[ElementSettings]) -> str:
    return listed(sorted({element.file_format.upper() for element in elements}))


def _edit(names: Collection[str], change: Callable[[ElementSettings], ElementSettings]) -> SettingsEdit:
    """An edit of the enabled elements with these names."""

    def edit(settings: BakeSettings) -> BakeSettings:
        rows = tuple(change(row) if row.enabled and row.name in names else row for row in settings.elements)
        return replace(settings, elements=rows)

    return edit
