"""What the artist set in the panel: sticky documents, one kept in the scene file, one per user and machine.

Free to hold values that cannot be baked yet (an empty folder, an odd name): preflight judges them, not the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, rule, schema_version
from flatiron_tasks.contracts.elements import FILE_FORMATS, KINDS, PIXEL_TYPES
from flatiron_tasks.contracts.job import MODES
from flatiron_tasks.share.path_mapping import PathRule


@dataclass(frozen=True)
class ElementSettings(Document):
    """One row of the table of elements."""

    enabled: bool = rule("Whether it is baked.")
    name: str = rule("Name that the renderer knows.", max_length=120)
    kind: str = rule("What its values are.", choices=KINDS)
    stem: str = rule("File name without group, numbers and extension.", max_length=120)
    file_format: str = rule("Format of the texture.", choices=tuple(FILE_FORMATS))
    pixel_type: str = rule("Pixel type of the texture.", choices=PIXEL_TYPES)
    alpha: bool = rule("Whether the texture keeps coverage as alpha.")
    width: int = rule("Width in texels.", minimum=1, maximum=65536)
    height: int = rule("Height in texels.", minimum=1, maximum=65536)
    slot: str = rule("Material slot that shows it; empty for none.", max_length=120)


@dataclass(frozen=True)
class NetworkSettings(Document):
    """The rollout Network Rendering."""

    enabled: bool = rule("Bake on the farm; otherwise on this machine.")
    manager: str = rule("Host name or IP address of the farm manager; may be empty.", max_length=253)
    port: int = rule("TCP port of the manager.", minimum=1, maximum=65535)
    network_folder: str = rule("Network Output Folder, as typed.", max_length=4000)
    priority: int = rule("0 = first, 99 = last.", minimum=0, maximum=99)
    server_group: str = rule("Group of servers; empty for all.", max_length=120)


@dataclass(frozen=True)
class BakeSettings(Document):
    """Everything of the rollouts Baking and Network Rendering. Kept in the scene, and per user as the next default."""

    schema_version: int = schema_version(1)
    groups: tuple[str, ...] = rule("Unwrap groups to bake, one job each; none means the selection.")
    uv_channel: int = rule("UV channel to bake into, 1 = the first.", minimum=1, maximum=99)
    elements: tuple[ElementSettings, ...] = rule("Bake elements.")
    mode: str = rule("Single Pass or Multi Pass.", choices=MODES)
    strips: int = rule("Number of horizontal bands a pass is cut into.", minimum=1, maximum=99)
    padding: int = rule("Texels of colour beyond the objects.", minimum=0, maximum=1024)
    fill_all: bool = rule("Whether every empty texel is filled instead.")
    use_range: bool = rule("Whether the frames of the range are baked; otherwise the current frame.")
    first_frame: int = rule("First frame of the range.", minimum=-999_999, maximum=9_999_999)
    last_frame: int = rule("Last frame of the range.", minimum=-999_999, maximum=9_999_999)
    output_folder: str = rule("Where the textures land, as typed.", max_length=4000)
    shell: bool = rule("Whether textures go into the baked side of a Shell material.")
    overwrite: bool = rule("Whether files that no bake made may be replaced.")
    network: NetworkSettings = rule("Where it renders.")


@dataclass(frozen=True)
class ArtistConfiguration(Document):
    """How this machine reaches the studio: written once by the administrator, or by the panel's Test rollout."""

    schema_version: int = schema_version(1)
    redis_url: str = rule("Redis that the workers share; empty while it is not set up.")
    artist: str = rule("Name under which this artist's jobs are found; empty for the account of this machine.")
    path_rules: tuple[PathRule, ...] = rule("How this machine sees the folders that jobs name.")
    flower_url: str = rule("Address of Flower for the button Open in Flower; empty for none.")
    web_url: str = rule("Address of the job pages; empty for none.")
    renderer: str = rule("Profile of the render nodes, as 3dsmaxbatch.", pattern=r"[a-z0-9][a-z0-9_-]{0,31}")
    task_timeout_minutes: int = rule("Limit for one farm task.", minimum=1, maximum=100_000)
    local_command: tuple[str, ...] = rule("The `flatiron` command, for bakes on this machine; empty if not installed.")
