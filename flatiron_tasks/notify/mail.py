"""Tell by mail: one letter to all receivers, over a connection that is secured before a password is sent."""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.message import EmailMessage

from flatiron_tasks.contracts.errors import SettingsError, TransportError
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notification_settings import ARTIST, NotificationSettings
from flatiron_tasks.notify.letter import letter
from flatiron_tasks.notify.time_limit import SEND_S, TimeLimit, time_limit

log = logging.getLogger(__name__)
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Of an artist, who could write any name into a job."""


class _LimitedSmtp(smtplib.SMTP):
    """The server speaks first, so the limit must know the socket before `connect` waits for that."""

    _plain: socket.socket | None = None

    def __init__(self, host: str, port: int, *, timeout: float, limit: TimeLimit) -> None:
        self._limit = limit
        super().__init__(host, port, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # typeshed lacks it
        self._limit.watch(connection)
        self._plain = connection
        return connection


class _LimitedSmtpOverTls(smtplib.SMTP_SSL, _LimitedSmtp):
    """`SMTP_SSL` speaks TLS over the socket that the class above has made."""

    def __init__(self, host: str, port: int, *, timeout: float, limit: TimeLimit) -> None:
        self._limit = limit
        context = ssl.create_default_context()
        smtplib.SMTP_SSL.__init__(self, host, port, timeout=timeout, context=context)  # it passes over the class above

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        try:
            secured: socket.socket = super()._get_socket(host, port, timeout)
        except (OSError, ValueError):
            if self._plain is not None:
                self._plain.close()  # Python leaves it open if it was cut off before TLS began
            raise
        return secured


class Mail:
    """A mail server, a sender and receivers."""

    name = "mail"

    def __init__(self, settings: NotificationSettings, *, limit_s: float = SEND_S) -> None:
        """Raises SettingsError for settings with which no letter can be sent, or a password would be seen.

        `limit_s` is how many seconds sending a letter may take altogether.
        """
        self._settings, self._limit_s = settings, limit_s
        if not settings.mail_from or not settings.mail_to:
            raise SettingsError(
                "Mail is to be sent, but `notifications.mail_from` or `mail_to` is empty.",
                advice="Set both, or no `smtp_host`.",
            )
        if settings.smtp_user and settings.smtp_security == "none":
            raise SettingsError(
                "`notifications.smtp_user` is set, but `smtp_security` is none.",
                why="The password would cross the network for everybody to read.",
                advice="Use starttls or tls, or no login.",
            )

    def send(self, notice: Notice) -> None:
        """Send one letter. Raises TransportError if the server takes it for nobody."""
        receivers = addresses(self._settings.mail_to, notice.artist)
        if not receivers:
            return
        message = letter(notice, sender=self._settings.mail_from, receivers=receivers)
        with time_limit(self._limit_s) as limit:
            refused = self._send(message, receivers, limit)
        for receiver, answer in refused.items():
            log.warning("the mail server refuses %s: %s", receiver, answer)

    def _send(self, message: EmailMessage, receivers: Sequence[str], limit: TimeLimit) -> dict[str, tuple[int, bytes]]:
        """Send it. Returns who was refused, and how."""
        try:
            with self._connection(limit) as server:
                return server.send_message(message, self._settings.mail_from, receivers)
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError(
                f"The mail server {self._settings.smtp_host} did not take the letter.",
                why=limit.sentence if limit.is_over else f"{type(error).__name__}: {error}",
                advice="Check `notifications` in the workers' settings, and the server.",
            ) from error

    def _connection(self, limit: TimeLimit) -> smtplib.SMTP:
        options, security = self._settings, self._settings.smtp_security
        place, timeout = (options.smtp_host, options.smtp_port), options.timeout_seconds
        if security == "tls":
            server: smtplib.SMTP = _LimitedSmtpOverTls(*place, timeout=timeout, limit=limit)
        else:
            server = _LimitedSmtp(*place, timeout=timeout, limit=limit)
        try:
            if security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if options.smtp_user:
                password = options.smtp_password
                server.login(options.smtp_user, password.get_secret_value() if password else "")
        except BaseException:
            server.close()
            raise
        return server


def addresses(templates: Sequence[str], artist: str) -> tuple[str, ...]:
    """Who gets a letter about a job of this artist; an account that is no plain name gets none."""
    is_plain = _ACCOUNT.fullmatch(artist) is not None
    found = (item.replace(ARTIST, artist.lower()) for item in templates if ARTIST not in item or is_plain)
    return tuple(dict.fromkeys(found))
