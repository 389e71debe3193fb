"""The settings of one machine: what they are, what they mean, their defaults.

Precedence: override (a command's option) > environment (`FLATIRON_…`, nested names with `__`) > file > default.
`Settings(...)` itself reads nothing but its arguments; only `load_settings` looks at the environment and at files.
`deploy/flatiron.example.toml` documents every setting for people and is tested against this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from flatiron_tasks import settings_layers
from flatiron_tasks.contracts import channels, paths
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.redis_address import with_tls
from flatiron_tasks.notification_settings import NotificationSettings

FILE_NAME = "flatiron.toml"
RESERVED_ACCOUNTS = frozenset(
    {"default", "admin", "worker", "front-desk", "sweep", "flower", "web", "unknown", channels.STAFF_ACCOUNT}
)
"""Accounts of Redis, see deploy/redis, that no artist can have."""
OTHER_VARIABLES = {
    "FLATIRON_CONFIG": "path of the settings file",
    "FLATIRON_NODE_CONFIG": "path of a render node's own configuration",
    "FLATIRON_ATTEMPT": "token that a render node gives to its renderer",
}
# Names that people expect, or that were settings once, and what to write instead.
EXPLAINED_NAMES = {
    "broker_url": "Celery's broker is the Redis of `redis_url`.",
    "result_backend": "No Celery results are stored; the job record is in the Redis of `redis_url`.",
    "redis_password": "Write it into `redis_url`: redis://:password@host:6379/0",
    "network_folder": 'There may be several: `network_folders = ["/mnt/bakes"]`.',
    "path_mapping": "Write a list of `[[path_rules]]`, each with `canonical` and `local`.",
    "manager": "The submitter names the manager of each job: `flatiron bake --manager`.",
}


def _redis_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("it must look like redis://[[user]:password@]host:port/database, or rediss:// for TLS")
    if parts.path.strip("/") and not parts.path.strip("/").isdigit():
        raise ValueError(f"the database must be a number, not {parts.path.strip('/')!r}")
    return url


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("it must be an absolute path")
    return path


def _absolute_anywhere(text: str) -> str:
    if not (PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        raise ValueError("it must be an absolute path")
    return text


def _canonical(text: str) -> str:
    try:
        return paths.canonical_path(text)
    except BadInputError as error:
        raise ValueError(f"{error.what} {error.advice}".strip()) from None


def _manager(address: str) -> str:
    host, colon, port = address.strip().rpartition(":")
    if not colon or not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ValueError(f"{address!r} is not host:port")
    return f"{host.casefold()}:{int(port)}"


def _account(name: str) -> str:
    if not name.strip():
        raise ValueError("it must not be empty")
    if channels.artist_key(name) in RESERVED_ACCOUNTS:
        raise ValueError(f"{name!r} is the name of an account that is no artist's")
    return name


def _credentials(secret: SecretStr) -> SecretStr:
    user, colon, password = secret.get_secret_value().partition(":")
    if not (user and colon and password):
        raise ValueError("it must look like user:password")
    if "," in password:
        raise ValueError("the password must not contain a comma, which separates logins for Flower")
    return secret


def _flower_emails(text: str) -> str:
    """Flower's own form of a list, which it would only tell to its log: `a|b`, or one `.*` before the @."""
    wild = text.replace(".*", "", 1)
    if text and ("@" not in text or "*" in wild or "*" in text.rpartition("@")[2] or ("*" in text and "|" in text)):
        raise ValueError("it must be ann@studio.example|bob@studio.example or .*@studio.example")
    return text


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PathRuleSetting(BaseModel):
    """One row of a path mapping table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    canonical: Annotated[str, AfterValidator(_canonical)] = Field(
        description="Folder as jobs name it: //server/share, or /folder."
    )
    local: Annotated[str, AfterValidator(_absolute_anywhere)] = Field(
        description="The same folder as the machine in question sees it."
    )


class FlowerSettings(BaseModel):
    """The Flower dashboard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = Field(
        default="127.0.0.1", description="Address to listen on; another than this machine needs a login."
    )
    port: int = Field(default=5555, ge=1, le=65535, description="TCP port to listen on.")
    basic_auth: Annotated[SecretStr, AfterValidator(_credentials)] | None = Field(
        default=None, description="user:password that the dashboard asks for.", repr=False
    )
    read_only: bool = Field(
        default=True, description="Whether the dashboard only shows; it cannot start or stop tasks then."
    )
    oauth_provider: Literal["", "google", "github", "gitlab", "okta"] = Field(
        default="", description="Who tells who somebody is, instead of basic_auth."
    )
    oauth_emails: Annotated[str, AfterValidator(_flower_emails)] = Field(
        default="", description="Mail addresses that are let in: a|b, or one with .* before the @."
    )
    oauth_key: str = Field(default="", description="Client id of the dashboard at the provider.")
    oauth_secret: SecretStr | None = Field(
        default=None, description="Client secret of the dashboard at the provider.", repr=False
    )
    oauth_redirect_url: str = Field(
        default="", description="Address that the provider sends people back to: …/login.", pattern=r"^(https?://\S+)?$"
    )
    state_file: AbsolutePath | None = Field(
        default=None, description="File that keeps the history over restarts; by default in the user's data folder."
    )
    url_prefix: str = Field(
        default="", description="Path below which a proxy in front shows it.", pattern=r"^[A-Za-z0-9/_-]*$"
    )


class WebSettings(BaseModel):
    """The page of all jobs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = Field(
        default="127.0.0.1", description="Address to listen on; another than this machine needs a login."
    )
    port: int = Field(default=5556, ge=1, le=65535, description="TCP port to listen on.")
    basic_auth: Annotated[SecretStr, AfterValidator(_credentials)] | None = Field(
        default=None, description="user:password of those who may look and act.", repr=False
    )
    read_only_auth: Annotated[SecretStr, AfterValidator(_credentials)] | None = Field(
        default=None, description="user:password of those who may only look.", repr=False
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="Host names by which a proxy in front shows it; this machine's own are known."
    )
    url_prefix: str = Field(
        default="", description="Path below which a proxy in front shows it.", pattern=r"^[A-Za-z0-9/_-]*$"
    )


class Settings(BaseSettings):
    """Everything that one machine is told about its surroundings. Frozen; no environment is read here."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="FLATIRON_", env_nested_delimiter="__", env_ignore_empty=True
    )

    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(
        default="redis://127.0.0.1:6379/0", description="Redis (6.2 or newer) or Valkey that workers share.", repr=False
    )
    redis_ca_file: AbsolutePath | None = Field(
        default=None, description="Certificates that vouch for Redis over TLS; this machine's authorities if not set."
    )
    redis_client_cert: AbsolutePath | None = Field(
        default=None, description="Certificate that this machine shows to a Redis that asks for one."
    )
    redis_client_key: AbsolutePath | None = Field(
        default=None, description="Key of that certificate; may stand in the same file."
    )
    artists: tuple[Annotated[str, AfterValidator(_account)], ...] = Field(
        default=(), description="Artists that have accounts of Redis and act on own jobs only; all may do all if empty."
    )
    network_folders: tuple[AbsolutePath, ...] = Field(
        default=(),
        description="Network output folders as this machine sees them; nothing is ever deleted outside of them.",
    )
    output_folders: tuple[Annotated[str, AfterValidator(_canonical)], ...] = Field(
        default=(), description="Folders, as jobs name them, where workers may put textures; anywhere if empty."
    )
    farm_managers: tuple[Annotated[str, AfterValidator(_manager)], ...] = Field(
        default=(), description="Farm managers (host:port) that workers connect to; any that a job names if empty."
    )
    remote_control: Literal["read", "full"] = Field(
        default="read", description="Which of Celery's remote-control commands workers obey: questions, or all."
    )
    path_rules: tuple[PathRuleSetting, ...] = Field(
        default=(), description="How this machine sees the folders that jobs name; the longest match wins."
    )
    cmdjob: tuple[str, ...] = Field(
        default=("cmdjob",), min_length=1, description="Command that submits to the farm, with leading arguments."
    )
    node_python: str = Field(
        default="python", min_length=1, description="Python interpreter (3.10 or newer) on render nodes."
    )
    node_program_path: str = Field(
        default="", description="Node program as render nodes see it; if empty, the one in each job folder."
    )
    node_path_rules: tuple[PathRuleSetting, ...] = Field(
        default=(), description="How render nodes see the folders that jobs name, for their command line."
    )
    poll_seconds: Seconds = Field(
        default=5.0, description="How often a farm manager is asked about all jobs while they move."
    )
    poll_idle_seconds: Seconds = Field(
        default=30.0, description="How often at least, when nothing has moved for long or the manager does not answer."
    )
    farm_mode: Literal["console", "program"] = Field(
        default="console", description="How farm managers are spoken to; console mode is the documented one."
    )
    farm_notifications: bool = Field(
        default=False, description="Whether the sweep lets farm managers wake it by UDP notifications."
    )
    step_stalled_seconds: Seconds = Field(
        default=30.0, description="After this long without change a step is started again."
    )
    share_caching_seconds: float = Field(
        default=15.0,
        ge=0,
        allow_inf_nan=False,
        description="How long this machine's view of the share may be out of date.",
    )
    lease_seconds: Seconds = Field(
        default=60.0, description="After this long without a sign of life work is taken over."
    )
    farm_timeout_seconds: Seconds = Field(default=20.0, description="How long a farm manager may take to answer.")
    stuck_seconds: Seconds = Field(
        default=60.0, description="How long all servers may have failed on a job before they are put on it again."
    )
    unassigned_seconds: Seconds = Field(
        default=300.0, description="How long a job may wait beside idle servers before people are told."
    )
    share_probe_minutes: float = Field(
        default=10.0,
        ge=0,
        allow_inf_nan=False,
        description="How long it is believed what a server saw of a network folder; 0 asks none.",
    )
    share_probe_minimum: int = Field(
        default=1, ge=1, description="Fewer servers than this that see the network folder rightly get no job."
    )
    share_probe_timeout_seconds: Seconds = Field(
        default=60.0, description="How long a server with nothing else to do may take to answer a share probe."
    )
    share_probe_patience_minutes: Seconds = Field(
        default=15.0, description="How long a job waits when no server answers, before it is handed over unprobed."
    )
    share_probe_free_mb: int = Field(
        default=1024, ge=0, description="Free space, in MiB, below which a server's network folder counts as full."
    )
    share_probe_clock_seconds: Seconds = Field(default=300.0, description="How wrong a server's clock may be at most.")
    failure_table: str = Field(
        default="", description="TOML file with the classes of failures on nodes; the built-in table if empty."
    )
    keep_ended_days: float = Field(
        default=30.0,
        ge=0,
        allow_inf_nan=False,
        description="How long jobs that are done or cancelled stay known; 0 keeps them for ever.",
    )
    keep_failed_days: float = Field(
        default=365.0,
        ge=0,
        allow_inf_nan=False,
        description="How long failed jobs wait for a person before they count as given up; 0 is for ever.",
    )
    max_attempts: int = Field(
        default=3, ge=1, description="Attempts at dispatching, merging or delivering before it counts as failed."
    )
    share_patience_hours: Seconds = Field(
        default=48.0,
        description="Hours that merging and delivering wait for a share that is full, read-only or away.",
    )
    merge_threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Threads of one merging worker; 0 is one per processor, at most 16. No result depends on it.",
    )
    ocio_config: AbsolutePath | None = Field(
        default=None, description="OpenColorIO configuration of bakes from this machine, the default of --ocio-config."
    )
    ocio_from_space: str = Field(default="", description="Colour space of rendered pixels, default of --ocio-from.")
    ocio_to_space: str = Field(default="", description="Colour space of colour textures, default of --ocio-to.")
    log_format: Literal["text", "json"] = Field(
        default="text", description="How services write their logs: lines for people, or one JSON object per line."
    )
    notifications: NotificationSettings = Field(
        default=NotificationSettings(), description="Who is told when a job has ended."
    )
    flower: FlowerSettings = Field(default=FlowerSettings(), description="The Flower dashboard.")
    web: WebSettings = Field(default=WebSettings(), description="The page of all jobs.")

    @model_validator(mode="before")
    @classmethod
    def _complete_redis_url(cls, data: Any) -> Any:
        """Every client gets `redis_url` with all that TLS needs: none can forget to verify the server."""
        if not isinstance(data, dict) or not isinstance(data.get("redis_url"), str):
            return data
        files = {name: str(data.get(f"redis_{name}") or "") for name in ("ca_file", "client_cert", "client_key")}
        return {**data, "redis_url": with_tls(data["redis_url"], **files)}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: what a test or a program builds does not depend on the machine's environment."""
        return (init_settings,)

    @property
    def redis_url_shown(self) -> str:
        """`redis_url` for messages and logs, its password hidden."""
        return hide_password(self.redis_url)

    @property
    def flower_state_file(self) -> Path:
        """Where Flower keeps its history."""
        return self.flower.state_file or platformdirs.user_data_path("flatiron", appauthor=False) / "flower.db"


def load_settings(
    config: Path | None = None, overrides: Mapping[str, object] | None = None, *, use_environment: bool = True
) -> Settings:
    """Read the settings of this machine.

    The file is `config`, else FLATIRON_CONFIG, else ./flatiron.toml, else flatiron.toml in the user's configuration
    folder; only the first two must exist. `use_environment=False` takes the file and the overrides alone.
    Raises SettingsError naming the key, its value and where it came from.
    """
    places = (Path(FILE_NAME), platformdirs.user_config_path("flatiron", appauthor=False) / FILE_NAME)
    layers = [settings_layers.file_layer(settings_layers.find_file(config, places))]
    if use_environment:
        layers.append(settings_layers.environment_layer(Settings, OTHER_VARIABLES, EXPLAINED_NAMES))
    layers.append(settings_layers.Layer("an option of the command", dict(overrides or {})))
    return settings_layers.build(Settings, layers, EXPLAINED_NAMES)


def hide_password(url: str) -> str:
    """A URL whose password is replaced by `***`."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rsplit("@", 1)[1]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))
