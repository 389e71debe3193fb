"""Build the package for 3ds Max 2024-2027: an ApplicationPlugins folder, and a zip of it with its installer.

    python deploy/3dsmax/build_package.py --out DIR

Equal sources give equal bytes. Needs the checkout with `workers` importable, and pip for the vendored wheels.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import BadInputError, FlatironError
from flatiron_tasks.contracts.layout import NODE_PROGRAM
from max_submitter.maxscript import flatiron_ms
from workers.node.build import build_node_program

BUNDLE: Final = "FlatironNetworkRendering"
HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
PYTHON: Final = "Contents/python"
VENDORED: Final = "Contents/vendored"
PROBE: Final = "Contents/probe"

OUR_SOURCES: Final = (
    "flatiron_tasks/__init__.py",
    "flatiron_tasks/contracts/**/*.py",
    "flatiron_tasks/share/**/*.py",
    "flatiron_tasks/pipeline/__init__.py",
    "flatiron_tasks/pipeline/plan.py",
    "max_submitter/**/*.py",
)
BESIDE_THE_BUNDLE: Final = ("README.md", "install.ps1", "uninstall.ps1")
COMPILED: Final = (".so", ".pyd", ".dll", ".dylib", ".exe")
OLDEST_PYTHON: Final = "3.10"
BEGINNING_OF_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
UNIX: Final = 3
READABLE_FILE: Final = 0o100644

Files = Mapping[str, bytes]
"""Path inside the bundle, with `/` -> content."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and say where; 1 and a sentence if it cannot be done."""
    parser = argparse.ArgumentParser(description="Build the Flatiron package for 3ds Max.")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets the bundle and its zip")
    parser.add_argument("--wheels", type=Path, help="folder that keeps the vendored wheels for the next build")
    options = parser.parse_args(arguments)
    try:
        for path in build(options.out, options.wheels):
            print(path)  # noqa: T201 - a command answers
    except FlatironError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def build(out: Path, wheels: Path | None = None) -> tuple[Path, Path]:
    """Write the folder and the zip; what stood there is replaced. Returns their paths. Raises BadInputError."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = wheels or Path(scratch)
        download_wheels(kept)
        files = bundle_files(sorted(kept.glob("*.whl")))
    out.mkdir(parents=True, exist_ok=True)
    return write_folder(files, out / BUNDLE), write_zip(files, out / f"flatiron-3dsmax-{__version__}.zip")


def download_wheels(folder: Path) -> None:
    """Get the wheels of `vendored.txt`; those that are there already are checked and kept. Raises BadInputError."""
    command = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--implementation", "py", "--abi", "none", "--platform", "any"]
    command += ["--python-version", OLDEST_PYTHON, "--dest", str(folder), "--requirement", str(HERE / "vendored.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInputError(
            "The vendored packages could not be had.",
            why=done.stderr.strip(),
            advice="Look at deploy/3dsmax/vendored.txt.",
        )


def bundle_files(wheels: Sequence[Path]) -> dict[str, bytes]:
    """Everything of the bundle. Raises BadInputError for a wheel that is not pure Python, or for a name given twice."""
    files: dict[str, bytes] = {"LICENSE": _text(ROOT / "LICENSE")}
    for part in (_static_files(), _our_files(), _probe_files(), *(wheel_files(wheel) for wheel in wheels)):
        for name, data in part:
            if name in files:
                raise BadInputError(
                    f"{name} comes into the bundle twice.", advice="Look at deploy/3dsmax/vendored.txt."
                )
            files[name] = data
    return dict(sorted(files.items()))


def wheel_files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """What a wheel installs, with its licence. Raises BadInputError if it is not for every Python and machine."""
    if not wheel.name.endswith("-none-any.whl"):
        raise BadInputError(f"{wheel.name} is not for every machine.", advice="Vendor a pure Python package.")
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or entry.filename.endswith("/RECORD"):
                continue
            if entry.filename.endswith(COMPILED) or ".data/" in entry.filename:
                raise BadInputError(f"{wheel.name} holds {entry.filename}.", advice="Vendor a pure Python package.")
            yield f"{VENDORED}/{entry.filename}", archive.read(entry)


def write_folder(files: Files, folder: Path) -> Path:
    """Write the bundle beside its place, then put it there."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, data in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)
    return folder


def write_zip(files: Files, path: Path) -> Path:
    """Write the bundle and its installer. Stored, not compressed: what deflate makes depends on the machine's zlib."""
    packed = {f"{BUNDLE}/{name}": data for name, data in files.items()}
    packed |= {name: _text(HERE / name) for name in BESIDE_THE_BUNDLE}
    fresh = path.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(packed.items()):
            entry = zipfile.ZipInfo(name, BEGINNING_OF_ZIP_TIME)
            entry.create_system = UNIX
            entry.external_attr = READABLE_FILE << 16
            archive.writestr(entry, data)
    fresh.replace(path)
    return path


def _static_files() -> Iterator[tuple[str, bytes]]:
    folder = HERE / BUNDLE
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix(), _text(path).replace(b"@VERSION@", __version__.encode())
    yield "Contents/startup/flatiron.ms", flatiron_ms().encode("ascii")


def _our_files() -> Iterator[tuple[str, bytes]]:
    for pattern in OUR_SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            yield f"{PYTHON}/{path.relative_to(ROOT).as_posix()}", _text(path)
    yield f"{PYTHON}/max_submitter/{NODE_PROGRAM}", build_node_program()


def _probe_files() -> Iterator[tuple[str, bytes]]:
    for path in [HERE / "flatiron_max_probe.py", *sorted((HERE / "max_probe").glob("*.py"))]:
        yield f"{PROBE}/{path.relative_to(HERE).as_posix()}", _text(path)


def _text(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")  # a checkout on Windows may have either


if __name__ == "__main__":
    sys.exit(main())
