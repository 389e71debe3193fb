"""A stand-in renderer that only writes: every texel by a formula, in milliseconds, with the standard library alone.

Run as `python -I -S renderer.py task.json`. An object named `<anything>.<k>of<n>` covers the k-th of n columns of its
map but for a margin of one texel; its texels are `((7 x + 13 y + seed + 17 c) mod 61) / 64` in channel c, alpha 1.
The seed is the CRC-32 of object, element, map and frame.

It misbehaves when it finds an order: a file `<fault>.<number>` in the folder that the variable CHAOS_ORDERS names.
Taking an order removes it, so that each is obeyed once.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import zlib
from pathlib import Path

TYPE_CHECKING = False  # `typing` costs a quarter of the time that this program takes to start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FAULTS = ("die", "slow", "garbage", "truncate", "lie")
_PERIOD, _STEP, _INVERSE = 61, 7, 35  # 7 * 35 = 1 modulo 61
_SLOW_S = 4.0
_SAMPLES = {"half": ("e", 1), "float": ("f", 2)}


def render(task: dict[str, Any], fault: str) -> None:
    """Write every image of a task; a dying renderer leaves the last one half written."""
    for position, output in enumerate(task["outputs"]):
        data = image(task, output)
        is_last = position == len(task["outputs"]) - 1
        if is_last and fault == "die":
            Path(output["path"]).write_bytes(data[: len(data) // 2])
            os.kill(os.getpid(), 9)
        if is_last and fault in ("garbage", "truncate"):
            data = bytes(reversed(data)) if fault == "garbage" else data[: len(data) * 2 // 3]
        Path(output["path"]).write_bytes(data)


def image(task: dict[str, Any], output: dict[str, Any]) -> bytes:
    """One OpenEXR file without compression, one row per chunk; the data window is the strip."""
    code, exr_type = _SAMPLES[output["pixel_type"]]
    width, rows = output["width"], range(output["row_begin"], output["row_end"])
    header = _header(output, exr_type)
    size = 4 * width * struct.calcsize(code)
    begin = len(header) + 8 * len(rows)
    table = struct.pack(f"<{len(rows)}Q", *(begin + number * (size + 8) for number in range(len(rows))))
    paint = _painter(task, output, code)
    return header + table + b"".join(struct.pack("<ii", y, size) + paint(y) for y in rows)


def _painter(task: dict[str, Any], output: dict[str, Any], code: str) -> Callable[[int], bytes]:
    sample, width, height = struct.calcsize(code), output["width"], output["height"]
    cycle = [(_STEP * i % _PERIOD) / 64 for i in range(_PERIOD)]
    values = struct.pack(f"<{_PERIOD}{code}", *cycle) * (width // _PERIOD + 2)
    ones = struct.pack(f"<{code}", 1.0) * width
    spans = [(*_columns(item["name"], width), _seed(task, output, item["name"])) for item in task["objects"]]

    def paint(y: int) -> bytes:
        planes = {name: bytearray(width * sample) for name in "ABGR"}
        if 0 < y < height - 1:
            for begin, end, seed in spans:
                planes["A"][begin * sample : end * sample] = ones[: (end - begin) * sample]
                for channel, name in enumerate("RGB"):
                    value = _STEP * begin + 13 * y + seed + 17 * channel
                    first = value * _INVERSE % _PERIOD * sample
                    planes[name][begin * sample : end * sample] = values[first : first + (end - begin) * sample]
        return b"".join(planes.values())

    return paint


def _columns(name: str, width: int) -> tuple[int, int]:
    number, _, total = name.rpartition(".")[2].partition("of")
    begin, end = (width * edge // int(total) for edge in (int(number), int(number) + 1))
    return begin + 1, end - 1


def _seed(task: dict[str, Any], output: dict[str, Any], name: str) -> int:
    key = f"{name}|{output['element']}|{task['map_index']}|{task['frame']}"
    return zlib.crc32(key.encode()) % _PERIOD


def _header(output: dict[str, Any], exr_type: int) -> bytes:
    listed = b"".join(name + b"\0" + struct.pack("<iB3xii", exr_type, 0, 1, 1) for name in (b"A", b"B", b"G", b"R"))
    window = struct.pack("<4i", 0, output["row_begin"], output["width"] - 1, output["row_end"] - 1)
    attributes = (
        ("channels", "chlist", listed + b"\0"),
        ("compression", "compression", b"\0"),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", struct.pack("<4i", 0, 0, output["width"] - 1, output["height"] - 1)),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", bytes(8)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    body = b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
        for name, kind, value in attributes
    )
    return b"\x76\x2f\x31\x01\2\0\0\0" + body + b"\0"


def take_order(folder: str) -> str:
    """The fault that is ordered; empty if none is. Whoever removes the file has the order."""
    for order in sorted(Path(folder).iterdir()) if folder else ():
        fault = order.name.partition(".")[0]
        if fault in FAULTS and fault != "lie":
            try:
                order.unlink()
            except FileNotFoundError:
                continue
            return fault
    return ""


def main() -> None:
    """Render the task that the argument names."""
    task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    fault = take_order(os.environ.get("CHAOS_ORDERS", ""))
    if fault == "slow":
        time.sleep(_SLOW_S)
    render(task, fault)


if __name__ == "__main__":
    main()
