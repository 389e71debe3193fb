"""Which ways of telling the settings ask for."""

from __future__ import annotations

from flatiron_tasks.notification_settings import NotificationSettings
from flatiron_tasks.notify.mail import Mail
from flatiron_tasks.notify.webhook import Webhook
from flatiron_tasks.pipeline.notifications import Way


def ways(settings: NotificationSettings) -> tuple[Way, ...]:
    """All ways. Raises SettingsError for one that cannot work."""
    found: list[Way] = []
    if settings.webhook_url is not None:
        secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
        found.append(Webhook(settings.webhook_url.get_secret_value(), secret=secret, timeout=settings.timeout_seconds))
    if settings.smtp_host:
        found.append(Mail(settings))
    return tuple(found)
