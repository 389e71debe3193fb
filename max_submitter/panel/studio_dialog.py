"""The small dialog *Studio settings*: how this machine reaches the studio (ArtistConfiguration)."""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.share.path_mapping import PathRule
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.panel.asking import ask
from max_submitter.panel.fields import NumberField, TextField
from max_submitter.panel.forms import new_form
from max_submitter.panel.labels import Prose
from max_submitter.panel.qt import QtWidgets
from max_submitter.session.port import PanelSession

_ARROW = "=>"


class StudioDialog(QtWidgets.QDialog):
    """Takes over with OK; an input that is not valid is explained in the dialog, which stays open."""

    def __init__(self, session: PanelSession, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Studio settings")
        self.setProperty("NoMaxAccelerators", True)
        self.redis = TextField("Redis address", longest=1000, hint="redis://user:password@host:6379/0")
        self.artist = TextField("Artist", longest=120, hint="account of this machine")
        self.flower = TextField("Address of Flower", longest=1000, hint="http://host:5555")
        self.web = TextField("Address of the job pages", longest=1000, hint="none")
        self.renderer = TextField("Renderer of the nodes", longest=32, hint="3dsmaxbatch")
        self.timeout = NumberField("Limit for one farm task", 1, 100_000, unit="minutes")
        self.rules = QtWidgets.QPlainTextEdit()
        self.trouble = Prose("Why the settings were not taken")
        choice = QtWidgets.QDialogButtonBox.StandardButton
        self.buttons = QtWidgets.QDialogButtonBox(choice.Ok | choice.Cancel)
        self._lay_out()
        self._show(session.configuration)
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        self.rules.setAccessibleName("Path rules")
        self.rules.setTabChangesFocus(True)
        self.rules.setPlaceholderText(f"//server/share {_ARROW} S:/  (one rule in a line)")
        self.rules.setFixedHeight(self.rules.fontMetrics().lineSpacing() * 4 + 12)
        form = new_form(self)
        form.addRow("&Redis address", self.redis)
        form.addRow("&Artist", self.artist)
        form.addRow("&Flower", self.flower)
        form.addRow("&Job pages", self.web)
        form.addRow("R&enderer of the nodes", self.renderer)
        form.addRow("&Task limit", self.timeout)
        form.addRow("&Path rules", self.rules)
        form.addRow(self.trouble)
        form.addRow(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 64)

    def _show(self, configuration: ArtistConfiguration) -> None:
        self.redis.show_value(configuration.redis_url)
        self.artist.show_value(configuration.artist)
        self.flower.show_value(configuration.flower_url)
        self.web.show_value(configuration.web_url)
        self.renderer.show_value(configuration.renderer)
        self.timeout.show_value(configuration.task_timeout_minutes)
        lines = (f"{rule.canonical} {_ARROW} {rule.local}" for rule in configuration.path_rules)
        self.rules.setPlainText("\n".join(lines))

    def _take(self) -> None:
        if ask(lambda: self._session.configure(self._typed()), self.trouble):
            self.accept()

    def _typed(self) -> ArtistConfiguration:
        return replace(
            self._session.configuration,
            redis_url=self.redis.text().strip(),
            artist=self.artist.text().strip(),
            flower_url=self.flower.text().strip(),
            web_url=self.web.text().strip(),
            renderer=self.renderer.text().strip(),
            task_timeout_minutes=self.timeout.value(),
            path_rules=_rules(self.rules.toPlainText()),
        )


def _rules(text: str) -> tuple[PathRule, ...]:
    return tuple(_rule(line) for line in text.splitlines() if line.strip())


def _rule(line: str) -> PathRule:
    canonical, arrow, local = (part.strip() for part in line.partition(_ARROW))
    if not (canonical and arrow and local):
        raise BadInputError(
            f"The path rule {line.strip()!r} cannot be read.",
            advice=f"Write the folder as jobs name it, then {_ARROW}, then the folder on this machine.",
        )
    return PathRule(canonical, local)
