"""Tell by mail: one letter to all receivers, over a connection that is secured before a password is sent."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Sequence

from flatiron_tasks.contracts.errors import SettingsError, TransportError
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notification_settings import ARTIST, NotificationSettings
from flatiron_tasks.notify.letter import letter

log = logging.getLogger(__name__)
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Of an artist, who could write any name into a job."""


class Mail:
    """A mail server, a sender and receivers."""

    name = "mail"

    def __init__(self, settings: NotificationSettings) -> None:
        """Raises SettingsError for settings with which no letter can be sent, or a password would be seen."""
        self._settings = settings
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
        try:
            with self._connection() as server:
                refused = server.send_message(message, self._settings.mail_from, receivers)
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError(
                f"The mail server {self._settings.smtp_host} did not take the letter.",
                why=f"{type(error).__name__}: {error}",
                advice="Check `notifications` in the workers' settings, and the server.",
            ) from error
        for receiver, answer in refused.items():
            log.warning("the mail server refuses %s: %s", receiver, answer)

    def _connection(self) -> smtplib.SMTP:
        options, security = self._settings, self._settings.smtp_security
        place, timeout = (options.smtp_host, options.smtp_port), options.timeout_seconds
        if security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=timeout, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(*place, timeout=timeout)
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
