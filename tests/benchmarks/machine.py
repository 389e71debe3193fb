"""What the numbers were measured on: processor, memory, system, versions. No name of a host, no path."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("flatiron-network", "numpy", "OpenImageIO", "numba", "zlib-ng", "scipy")


def machine() -> dict[str, str]:
    """Facts for people, in the order in which they are shown."""
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} threads",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "System": f"{platform.system()} {platform.machine()}, {platform.python_implementation()} "
        f"{platform.python_version()}",
        "Packages": ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    }


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text("utf-8").splitlines() if listing.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
