"""The settings of notifications: who is told when a job has ended, and how."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Event = Literal["done", "failed", "cancelled", "ready_to_collect"]
_ALL: tuple[Event, ...] = ("done", "failed", "cancelled", "ready_to_collect")
ARTIST = "{artist}"
"""Stands for the account name of the artist in an address."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+'{}-]+@[A-Za-z0-9.-]+")


def _web_address(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("it must look like https://host/path, without a user name")
    return secret


def _mail_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text.replace(ARTIST, "artist")):
        raise ValueError("it must be a mail address without a name, like td@studio.example")
    return text


MailAddress = Annotated[str, AfterValidator(_mail_address)]


class NotificationSettings(BaseModel):
    """Who is told when a job has ended. Without `webhook_url` and `smtp_host` nobody is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Event, ...] = Field(default=_ALL, description="Ends of jobs that are told of.")
    link: str = Field(
        default="", description="Address of the page of a job, with {job_id} in it.", pattern=r"^(https?://\S+)?$"
    )
    webhook_url: Annotated[SecretStr, AfterValidator(_web_address)] | None = Field(
        default=None, description="Where a JSON document is posted. Often a secret by itself.", repr=False
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Key of the HMAC-SHA256 signature of each post.", min_length=16, repr=False
    )
    smtp_host: str = Field(default="", description="Server that takes mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its TCP port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is secured; without, no password is sent."
    )
    smtp_user: str = Field(default="", description="User name for it; empty for no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password for it.", repr=False)
    mail_from: Annotated[str, AfterValidator(lambda text: text and _mail_address(text))] = Field(
        default="", description="Sender of mail."
    )
    mail_to: tuple[MailAddress, ...] = Field(
        default=(), description="Who gets mail; {artist} stands for the account name of the artist."
    )
    timeout_seconds: float = Field(
        default=10.0, gt=0, le=30, description="How long a receiver may take for each part of its answer."
    )
