"""The peers: other people's programs that can merge and pad, how each is called, and where they come from.

oiiotool comes with the OpenImageIO wheel. ImageMagick and libvips are installed by apt-get where that is possible;
where it is not, the benchmark runs without them and says so. Some calls are right only because no two windows of a
workload overlap; they are let in all the same, being the fastest that these programs have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from pathlib import Path

from tests.benchmarks.measure import Run, run_command, run_worker
from tests.benchmarks.pieces import Pieces, load

IMAGEMAGICK_NAMES = ("magick", "convert-im6.q16", "convert")

_IMAGEMAGICK_LIMITS = (
    '<policymap><policy domain="resource" name="memory" value="16GiB"/>'
    '<policy domain="resource" name="map" value="16GiB"/>'
    '<policy domain="resource" name="disk" value="64GiB"/></policymap>'
)

Arguments = Callable[[Pieces, Path], list[str]]


@dataclass(frozen=True)
class Peer:
    """A peer that is there: its name, version, and how it is called, for people.

    Either `worker`, a module of `contenders`, or `arguments` of a command line that turns pieces into a file.
    """

    name: str
    version: str
    how: str
    worker: str = ""
    arguments: Arguments | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, request: Mapping[str, object], limit: float) -> Run:
        """Merge the pieces of `request`, see `worker.Request`."""
        if self.arguments is None:
            return run_worker(self.worker, request, limit=limit)
        arguments = self.arguments(load(Path(str(request["pieces"]))), Path(str(request["out"])))
        return run_command(arguments, limit=limit, environment=self.environment)


def install_missing() -> None:
    """Install the peers that are missing, where this user may: best effort, `peers` tells what is there."""
    there = {"imagemagick": _imagemagick(), "libvips-tools": _vips()}
    missing = [package for package, found in there.items() if not found]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", *missing]):
            subprocess.run(["apt-get", "--quiet", *arguments], env=environment, stdout=sys.stderr, check=False)


def peers(work: Path) -> list[Peer | str]:
    """The peers in their order in the tables; a name instead of a peer that is not installed."""
    oiiotool, imagemagick, vips = _oiiotool(), _imagemagick(), _vips()
    return [
        Peer(
            "OpenImageIO from Python",
            package_version("OpenImageIO"),
            "`ImageBufAlgo.over` in each data window, `fillholes_pushpull`, `unpremult`, `colorconvert`, PNG level 1",
            worker="oiio_algo",
        ),
        _oiiotool_peer(oiiotool) if oiiotool else "oiiotool",
        _vips_peer(vips) if vips else "libvips",
        _imagemagick_peer(*imagemagick, work) if imagemagick else "ImageMagick",
    ]


def _oiiotool_peer(program: str) -> Peer:
    return Peer(
        "oiiotool",
        first_line([program, "--version"]),
        "`oiiotool PIECE... --paste:all=1:mergeroi=1 -` (full frames: `PIECE PIECE --over PIECE --over ...`) "
        "`--fillholes --unpremult --colorconvert lin_rec709_scene srgb_rec709_scene -d uint8` "
        "`--attrib png:compressionLevel 1 --attrib oiio:UnassociatedAlpha 1 -o OUT.png`",
        arguments=lambda pieces, out: oiiotool_arguments(program, pieces, out),
    )


def oiiotool_arguments(program: str, pieces: Pieces, out: Path) -> list[str]:
    """Cropped pieces are pasted side by side; full frames would erase one another, so they are laid over."""
    first, *others = [str(path) for path in pieces.paths]
    if pieces.files[0].width < pieces.side:
        merge = [first, *others, "--paste:all=1:mergeroi=1", "-"]
    else:
        merge = [first, *(word for path in others for word in (path, "--over"))]
    convert = ["--fillholes", "--unpremult", "--colorconvert:unpremult=0", "lin_rec709_scene", "srgb_rec709_scene"]
    write = ["-d", "uint8", "--attrib", "png:compressionLevel", "1", "--attrib", "oiio:UnassociatedAlpha", "1"]
    return [program, *merge, *convert, *write, "-o", str(out)]


def _imagemagick_peer(program: str, version: str, work: Path) -> Peer:
    configuration = work / "imagemagick"
    configuration.mkdir(parents=True, exist_ok=True)
    (configuration / "policy.xml").write_text(_IMAGEMAGICK_LIMITS, "ascii")
    return Peer(
        "ImageMagick",
        version,
        f"`{program} -background none PIECE PIECE -composite ...` "
        r"`( +clone -channel RGBA -morphology Dilate Disk:16 +channel ) -compose DstOver -composite` "
        "`-colorspace sRGB -depth 8 -quality 11 PNG32:OUT.png`, memory limits of its policy raised",
        arguments=lambda pieces, out: imagemagick_arguments(program, pieces, out),
        environment={"MAGICK_CONFIGURE_PATH": str(configuration)},
    )


def imagemagick_arguments(program: str, pieces: Pieces, out: Path) -> list[str]:
    """Pieces are laid over one another as they are read; then the dilated result under itself."""
    first, *others = [str(path) for path in pieces.paths]
    merge = [first, *(word for path in others for word in (path, "-composite"))]
    grown = ["(", "+clone", "-channel", "RGBA", "-morphology", "Dilate", "Disk:16", "+channel", ")"]
    write = ["-colorspace", "sRGB", "-depth", "8", "-quality", "11", f"PNG32:{out}"]
    return [program, "-background", "none", *merge, *grown, "-compose", "DstOver", "-composite", *write]


def _vips_peer(version: str) -> Peer:
    return Peer(
        "libvips",
        version,
        "pyvips, one pipeline: `insert` of each piece (full frames: `+`), `unpremultiply`, `colourspace('srgb')`, "
        "`fill_nearest` where alpha is 0, `pngsave(compression=1)`",
        worker="vips",
    )


def _oiiotool() -> str:
    """The program of the wheel, beside the interpreter; else the one on the path."""
    beside = Path(sys.executable).with_name("oiiotool")
    return str(beside) if beside.exists() else shutil.which("oiiotool") or ""


def _imagemagick() -> tuple[str, str] | None:
    """Program and version. `convert` alone may be anything, so it must say what it is."""
    for name in IMAGEMAGICK_NAMES:
        version = first_line([name, "-version"]) if shutil.which(name) else ""
        if version.startswith("Version: ImageMagick"):
            return name, version.split()[2]
    return None


def _vips() -> str:
    """Version of libvips with that of pyvips, empty without either."""
    script = "import pyvips; print(*[pyvips.version(part) for part in range(3)], sep='.')"
    library = first_line([sys.executable, "-c", script])
    return f"{library}, pyvips {package_version('pyvips')}" if library else ""


def first_line(arguments: list[str]) -> str:
    """First line that a program prints, empty if it fails or is not there."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.splitlines()[0] if done.returncode == 0 and done.stdout else ""
