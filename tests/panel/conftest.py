"""A QApplication without a display, and a person in front of a panel on a fake session.

Without a usable Qt every file of these tests fails with what is missing; nothing is skipped, and other tests run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flatiron_tasks.contracts.errors import FlatironError

if TYPE_CHECKING:
    from max_submitter.panel.qt import QtWidgets
    from tests.panel.person import Person

os.environ["QT_QPA_PLATFORM"] = "offscreen"


def qt_trouble() -> str:
    """Why these tests cannot run here; empty if they can."""
    try:
        from max_submitter.panel.qt import QtCore  # noqa: PLC0415 - may be missing
    except FlatironError as error:
        return f"{error} For the tests: pip install -e '.[panel-test]'"
    version = tuple(int(part) for part in QtCore.qVersion().split(".")[:2])
    if version >= (6, 12) and sys.version_info < (3, 12):
        return (
            f"Qt for Python {QtCore.qVersion()} loses a reference to None at every call into Python and aborts "
            "Python before 3.12, where None is counted. For the tests: pip install -e '.[panel-test]'"
        )
    return ""


class TestsWithoutQt(pytest.File):
    """Stands for a test file that cannot be imported."""

    def collect(self) -> Iterable[pytest.Item]:
        yield NeedsQt.from_parent(self, name="needs_qt")


class NeedsQt(pytest.Item):
    """Fails."""

    def runtest(self) -> None:
        pytest.fail(qt_trouble(), pytrace=False)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return TestsWithoutQt.from_parent(parent, path=module_path) if qt_trouble() else None


@pytest.fixture(scope="session")
def application() -> QtWidgets.QApplication:
    from max_submitter.panel.qt import QtWidgets  # noqa: PLC0415 - may be missing

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    assert isinstance(application, QtWidgets.QApplication)
    application.setStyle("Fusion")
    return application


@pytest.fixture
def person(application: QtWidgets.QApplication) -> Iterator[Person]:
    """Somebody who sits in front of the panel."""
    from tests.panel.person import Person  # noqa: PLC0415 - needs Qt

    someone = Person(application)
    yield someone
    someone.leave()
