"""The programs in `deploy/3dsmax`, which is no Python package: loaded from their files."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy" / "3dsmax"


def build_package() -> ModuleType:
    """The program that builds the bundle."""
    return load("build_package")


def load(name: str) -> ModuleType:
    """A program by the name of its file."""
    spec = importlib.util.spec_from_file_location(name, DEPLOY / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def probe_module(name: str) -> ModuleType:
    """A module of the probe for 3ds Max."""
    if str(DEPLOY) not in sys.path:
        sys.path.append(str(DEPLOY))
    return importlib.import_module(f"max_probe.{name}")
