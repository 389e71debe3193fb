"""Transfer, dither and OpenColorIO of a bake: options over settings, and which elements they are for. Reads no file."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.elements import INTEGER_TYPES, TRANSFERS
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.settings import Settings
from max_submitter.request import ColourFile
from workers.cli.bake_options import ElementChoice


@dataclass(frozen=True)
class ColourChoice:
    """How all elements of a bake are stored, as far as it suits them. `ocio` is there if `transfer` is "ocio"."""

    transfer: str = "auto"
    dither: bool = False
    ocio: ColourFile | None = None

    def transfer_of(self, element: ElementChoice) -> str:
        """The transfer of one element: OpenColorIO is for colour, a curve for colour in integers, else auto."""
        suits = element.kind == "color" and (self.transfer == "ocio" or element.pixel_type in INTEGER_TYPES)
        return self.transfer if suits else "auto"

    def dither_of(self, element: ElementChoice) -> bool:
        """Whether one element is dithered: 8 bits need it."""
        return self.dither and element.pixel_type == "uint8"


@dataclass(frozen=True)
class OcioOptions:
    """`--ocio-config`, `--ocio-from`, `--ocio-to`, as far as they were given."""

    config: Path | None = None
    from_space: str = ""
    to_space: str = ""

    @property
    def given(self) -> bool:
        """Whether any of them was."""
        return bool(self.config or self.from_space or self.to_space)


def colour_choice(settings: Settings, transfer: str | None, options: OcioOptions, *, dither: bool) -> ColourChoice:
    """What the options say; `transfer` is None if it was not given. The settings fill in OpenColorIO.

    A transfer that was given, but "ocio", wins over the settings. Raises BadInputError.
    """
    if transfer is not None and transfer not in TRANSFERS:
        near = difflib.get_close_matches(transfer.lower(), TRANSFERS, n=1)
        advice = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(TRANSFERS)}."
        raise BadInputError(f"The transfer {transfer!r} is unknown.", advice=advice)
    if transfer not in (None, "ocio"):
        if options.given:
            raise BadInputError(
                f"--transfer {transfer} and --ocio-config, --ocio-from and --ocio-to exclude each other.",
                advice="Leave --transfer out to convert colour with OpenColorIO.",
            )
        return ColourChoice(transfer, dither)
    ocio = _conversion(settings, options, needed=options.given or transfer == "ocio")
    return ColourChoice("ocio" if ocio else "auto", dither, ocio)


def _conversion(settings: Settings, options: OcioOptions, *, needed: bool) -> ColourFile | None:
    config = options.config or settings.ocio_config
    if config is None:
        if needed:
            raise BadInputError(
                "It is not clear which OpenColorIO configuration the bake uses.",
                advice="Name it with --ocio-config, or in the setting `ocio_config`.",
            )
        return None
    from_space = _space(options.from_space or settings.ocio_from_space, "--ocio-from", "ocio_from_space")
    to_space = _space(options.to_space or settings.ocio_to_space, "--ocio-to", "ocio_to_space")
    return ColourFile(config.absolute(), from_space, to_space)


def _space(name: str, option: str, setting: str) -> str:
    if name:
        return name
    raise BadInputError(
        f"An OpenColorIO configuration is given, but {option} is not.",
        advice=f"Name the colour space with {option}, or in the setting `{setting}`.",
    )
