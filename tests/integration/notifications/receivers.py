"""Real receivers on loopback: a web server that takes posts, and a mail server that speaks enough SMTP."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Post:
    """One request, its headers by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class WebReceiver(ThreadingHTTPServer):
    """Answers each POST with the next of `answers`, and with the last one from then on."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _PostHandler)
        self.posts: list[Post] = []
        self.answers = [204]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/hook"


class _PostHandler(BaseHTTPRequestHandler):
    server: WebReceiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(Post(self.path, {key.lower(): text for key, text in self.headers.items()}, body))
        answers = self.server.answers
        code = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(code)
        if code == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is the library's
        """Keep quiet."""


@dataclass
class Letter:
    """One accepted letter, and who had logged in over which kind of connection."""

    sender: str
    receivers: list[str]
    data: bytes
    user: str
    is_secured: bool


@dataclass
class _Mailbox:
    letters: list[Letter] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    password: str = "secret-word"


class MailReceiver(socketserver.ThreadingTCPServer):
    """Takes letters; with a TLS context it offers STARTTLS, and a login only behind it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__((LOOPBACK, 0), _SmtpHandler)
        self.context = context
        self.box = _Mailbox()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _SmtpHandler(socketserver.BaseRequestHandler):
    server: MailReceiver

    def handle(self) -> None:
        self._secured, self._user = False, ""
        self._file: Any = self.request.makefile("rwb")
        self._say("220 test")
        sender, receivers = "", list[str]()
        while line := self._file.readline():
            word, _, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "EHLO":
                    self._greet()
                case "STARTTLS" if self.server.context:
                    self._say("220 go on")
                    self.request = self.server.context.wrap_socket(self.request, server_side=True)
                    self._file, self._secured = self.request.makefile("rwb"), True
                case "AUTH":
                    self._log_in(rest.split()[-1])
                case "MAIL":
                    sender = rest[rest.index("<") + 1 : rest.index(">")]
                    self._say("250 ok")
                case "RCPT":
                    receiver = rest[rest.index("<") + 1 : rest.index(">")]
                    is_refused = receiver in self.server.box.refused
                    receivers += [] if is_refused else [receiver]
                    self._say("550 no such person" if is_refused else "250 ok")
                case "DATA":
                    self._say("354 go on")
                    data = b"".join(iter(self._file.readline, b".\r\n"))
                    self.server.box.letters.append(Letter(sender, receivers, data, self._user, self._secured))
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def finish(self) -> None:
        """The connection that TLS has taken over is ours to close."""
        self._file.close()
        self.request.close()

    def _greet(self) -> None:
        offers = ["250-test"]
        if self.server.context and not self._secured:
            offers.append("250-STARTTLS")
        if self._secured:
            offers.append("250-AUTH PLAIN")
        self._say("\r\n".join([*offers, "250 8BITMIME"]))

    def _log_in(self, given: str) -> None:
        _, user, password = base64.b64decode(given).decode().split("\0")
        self._user = user if password == self.server.box.password else ""
        self._say("235 welcome" if self._user else "535 no")

    def _say(self, text: str) -> None:
        self._file.write(f"{text}\r\n".encode())
        self._file.flush()


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[None]:
    """Let a server answer during the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
