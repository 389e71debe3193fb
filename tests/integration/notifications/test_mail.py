"""A mail server gets one readable letter per end, after the connection was secured."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.notification_settings import NotificationSettings
from flatiron_tasks.notify.mail import addresses
from flatiron_tasks.notify.ways import ways
from tests.integration.notifications.conftest import JOB, Office
from tests.integration.notifications.receivers import LOOPBACK, MailReceiver, serving

PEOPLE = {"mail_from": "bakes@studio.example", "mail_to": ("td@studio.example", "{artist}@studio.example")}


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as server, serving(server):
        yield server


@pytest.fixture
def secured_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailReceiver]:
    """A mail server with a certificate that this process trusts."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True, timeout=60)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with MailReceiver(context) as server, serving(server):
        yield server


def read(server: MailReceiver) -> EmailMessage:
    (letter,) = server.box.letters
    message = message_from_bytes(letter.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_says_what_happened_what_to_do_and_where(office: Office, mail: MailReceiver) -> None:
    office.configure(
        smtp_host=LOOPBACK, smtp_port=mail.port, smtp_security="none", link="https://td.example/{job_id}", **PEOPLE
    )
    office.fail()
    for _ in range(2):
        office.tick(after=60)
    message = read(mail)
    text = message.get_content()
    assert message["Subject"] == "Castle has failed"
    assert message["Message-ID"] == f"<flatiron.{JOB}.1@studio.example>"
    assert "A piece is blank." in text
    assert "Next step: Mend it." in text
    assert "C:/out" in text
    assert f"https://td.example/{JOB}" in text
    assert mail.box.letters[0].receivers == ["td@studio.example", "ann@studio.example"]


def test_a_password_is_sent_over_a_secured_connection_only(office: Office, secured_mail: MailReceiver) -> None:
    login = {"smtp_user": "bakes", "smtp_password": "secret-word"}
    office.configure(smtp_host=LOOPBACK, smtp_port=secured_mail.port, **login, **PEOPLE)
    office.end()
    office.tick()
    (letter,) = secured_mail.box.letters
    assert (letter.user, letter.is_secured) == ("bakes", True)
    with pytest.raises(SettingsError, match="smtp_security"):
        ways(NotificationSettings.model_validate({"smtp_host": LOOPBACK, "smtp_security": "none", **login, **PEOPLE}))


def test_a_server_that_offers_no_security_gets_nothing(office: Office, mail: MailReceiver) -> None:
    office.configure(smtp_host=LOOPBACK, smtp_port=mail.port, **PEOPLE)
    office.end()
    office.tick()
    assert (mail.box.letters, office.owed()) == ([], 1)


def test_a_server_that_nobody_trusts_gets_nothing(
    office: Office, secured_mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    office.configure(smtp_host=LOOPBACK, smtp_port=secured_mail.port, **PEOPLE)
    office.end()
    office.tick()
    assert (secured_mail.box.letters, office.owed()) == ([], 1)


def test_one_receiver_that_does_not_exist_keeps_no_letter_from_the_others(office: Office, mail: MailReceiver) -> None:
    mail.box.refused = ("ann@studio.example",)
    office.configure(smtp_host=LOOPBACK, smtp_port=mail.port, smtp_security="none", **PEOPLE)
    office.end()
    office.tick()
    assert [letter.receivers for letter in mail.box.letters] == [["td@studio.example"]]
    assert office.owed() == 0


def test_mail_goes_out_though_the_webhook_is_down_and_only_once(office: Office, mail: MailReceiver) -> None:
    office.configure(
        webhook_url="http://127.0.0.1:9/", smtp_host=LOOPBACK, smtp_port=mail.port, smtp_security="none", **PEOPLE
    )
    office.end()
    for _ in range(3):
        office.tick(after=100)
    assert (len(mail.box.letters), office.owed()) == (1, 1)


@pytest.mark.parametrize("artist", ["", "a@evil.example,b", "ann\nBcc: x@y.example", "Ann Miller"])
def test_a_name_that_is_no_account_becomes_no_address(artist: str) -> None:
    assert addresses(("td@studio.example", "{artist}@studio.example"), artist) == ("td@studio.example",)


def test_a_job_name_cannot_write_headers(office: Office, mail: MailReceiver) -> None:
    office.configure(smtp_host=LOOPBACK, smtp_port=mail.port, smtp_security="none", **PEOPLE)
    office.create("20260131-142501-00000001", job_name="Castle\r\nBcc: x@evil.example")
    office.end("20260131-142501-00000001")
    office.tick()
    assert read(mail)["Bcc"] is None


def test_mail_without_sender_or_receiver_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="mail_from"):
        ways(NotificationSettings(smtp_host="mail.studio.example"))
