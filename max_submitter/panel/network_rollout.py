"""The rollout *Network Rendering*: whether and where the farm bakes, and the Test of everything on the way."""

from __future__ import annotations

from max_submitter.panel.asking import ask
from max_submitter.panel.connection_lines import ConnectionLines
from max_submitter.panel.fields import CheckField, NumberField, TextField
from max_submitter.panel.file_dialogs import FileDialogs, FolderField
from max_submitter.panel.forms import new_form
from max_submitter.panel.labels import Prose
from max_submitter.panel.qt import QtWidgets
from max_submitter.panel.rollout import Rollout
from max_submitter.panel.settings_editor import SettingsEditor
from max_submitter.panel.studio_dialog import StudioDialog
from max_submitter.session.port import PanelSession


class NetworkRollout(Rollout):
    """Every field of NetworkSettings; the studio's own settings are behind a button."""

    def __init__(self, session: PanelSession, editor: SettingsEditor, dialogs: FileDialogs) -> None:
        super().__init__("&Network Rendering")
        self._session, self._editor = session, editor
        self.enabled = CheckField("Bake on the farm")
        self.manager = TextField("Manager", longest=253, hint="host name or IP address")
        self.port = NumberField("Port", 1, 65535)
        self.folder = FolderField("Network Output Folder", dialogs, hint=r"\\server\share\folder")
        self.priority = NumberField("Priority", 0, 99)
        self.server_group = TextField("Server group", longest=120, hint="all servers")
        self.test = QtWidgets.QPushButton("&Test")
        self.studio = QtWidgets.QPushButton("&Studio settings…")
        self.trouble = Prose("Why the test did not begin")
        self.lines = ConnectionLines()
        self._explain()
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Show the settings."""
        network = self._editor.current.network
        self.enabled.show_value(network.enabled)
        self.manager.show_value(network.manager)
        self.port.show_value(network.port)
        self.folder.show_value(network.network_folder)
        self.priority.show_value(network.priority)
        self.server_group.show_value(network.server_group)
        for field in (self.manager, self.port, self.folder, self.priority, self.server_group, self.test):
            field.setEnabled(network.enabled)

    def refresh_test(self) -> None:
        """Show what the last test says."""
        self.lines.show_lines(self._session.test_lines())

    def open_studio_settings(self) -> StudioDialog:
        """Show the studio's settings beside the panel; nothing waits for the answer."""
        dialog = StudioDialog(self._session, self)
        dialog.open()
        return dialog

    def _explain(self) -> None:
        self.enabled.setToolTip("Unchecked: the bake runs on this machine.")
        self.priority.setToolTip("Priority: 0 is first, 99 is last.")
        self.folder.setToolTip("A shared folder that every node and worker can write to.")
        self.server_group.setToolTip("Group of servers on the farm; empty for all.")
        self.test.setToolTip("See whether Manager, Redis, network folder and workers answer.")

    def _lay_out(self) -> None:
        form = new_form()
        for label, field in (("Manager", self.manager), ("Port", self.port), ("Network folder", self.folder)):
            form.addRow(label, field)
        form.addRow("Priority", self.priority)
        form.addRow("Server group", self.server_group)
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self.test)
        buttons.addWidget(self.studio)
        buttons.addStretch(1)
        self.body.addWidget(self.enabled)
        self.body.addLayout(form)
        self.body.addLayout(buttons)
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.lines)

    def _connect(self) -> None:
        edit = self._editor.set_network
        self.enabled.edited.connect(lambda value: edit(enabled=value))
        self.manager.edited.connect(lambda value: edit(manager=value.strip()))
        self.port.edited.connect(lambda value: edit(port=value))
        self.folder.edited.connect(lambda value: edit(network_folder=value))
        self.priority.edited.connect(lambda value: edit(priority=value))
        self.server_group.edited.connect(lambda value: edit(server_group=value))
        self.test.clicked.connect(self._begin_test)
        self.studio.clicked.connect(self.open_studio_settings)

    def _begin_test(self) -> None:
        self._editor.flush()
        ask(self._session.test, self.trouble)
