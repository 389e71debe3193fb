"""A stand-in for 3dsmaxbatch and 3dsmaxcmd: takes their command lines, logs, runs the script on the fake runtime.

How it behaves beyond that is the task's option `trouble`. It ends with -130 as a clean run of 3ds Max 2027 was seen to.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/unit/node")]

from exr_files import exr_bytes  # type: ignore[import-not-found]  # noqa: E402

from max_submitter.testing.fake_runtime import FakePymxs, FakeRuntime  # noqa: E402
from max_submitter.testing.fake_runtime_baking import BakedImage  # noqa: E402
from max_submitter.testing.fake_runtime_scene import FakeFile, FakeNode  # noqa: E402

CLEAN_RUN = -130
_WITH_VALUE = ("-dm", "-v", "-mxsString", "-listenerLog", "-log")


class Console:
    """The listener log (UTF-16 with a mark) and the system log."""

    def __init__(self, listener: Path, system: Path) -> None:
        self._listener = listener
        self._system = system
        listener.write_bytes("3ds Max Batch\r\n".encode("utf-16"))
        system.write_bytes(b"INF: starting\r\n")

    def say(self, text: str) -> None:
        with self._listener.open("ab") as file:
            file.write(f"{text}\r\n".encode("utf-16-le"))

    def log_entry(self, text: str, *, broadcast: bool) -> None:
        assert broadcast
        self.log(text)

    def log(self, text: str) -> None:
        with self._system.open("ab") as file:
            file.write(f"INF: {text}\r\n".encode("cp932"))


def main(arguments: list[str]) -> int:
    """Run the script of the command line."""
    if arguments[0].startswith("-preRenderScript:"):
        return run_before_render(arguments)
    script, options = read_command_line(arguments)
    key, _, task_file = options["-mxsString"].partition(":")
    task = json.loads(Path(task_file).read_text("utf-8"))
    console = Console(Path(options["-listenerLog"]), Path(options["-log"]))
    return behave(task, script, {key: task_file}, console)


def run_before_render(arguments: list[str]) -> int:
    """3dsmaxcmd opens the scene, runs the pre-render script, renders the image that nobody wants."""
    script, *_, image, scene = arguments
    assert 'getEnvVariable "FLATIRON_BAKE_SCRIPT"' in Path(script.partition(":")[2]).read_text("utf-8")
    bake_script = Path(os.environ["FLATIRON_BAKE_SCRIPT"])
    console = Console(bake_script.with_name("unused.log"), bake_script.with_name("system.log"))
    rt = install_max({"scene": scene}, {}, console, renderer_fails=False)
    rt.open(rt.files.pop(scene))  # a scene that renders cannot be loaded again
    runpy.run_path(str(bake_script), run_name="__main__")
    Path(image.partition(":")[2]).write_bytes(b"16 x 16")
    return 0


def read_command_line(arguments: list[str]) -> tuple[str, dict[str, str]]:
    """The script, which stands first, and the options; anything else is an error."""
    script, *rest = arguments
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    if Path(script).suffix not in (".py", ".ms") or set(options) != set(_WITH_VALUE):
        raise SystemExit(f"unexpected command line: {arguments}")
    return script, options


def behave(task: dict[str, object], script: str, arguments: dict[str, str], console: Console) -> int:
    """What 3ds Max does, in health or trouble."""
    options = task["options"]
    trouble = options.get("trouble", "") if isinstance(options, dict) else ""
    console.log("マテリアル")
    if trouble == "licence":
        console.log("[V-Ray] error: Could not obtain a license (-97), waiting")
        signal.pause()
    if trouble == "hang":
        signal.pause()
    if trouble == "licence code":
        return -8
    install_max(task, arguments, console, renderer_fails=trouble == "traceback in render")
    if trouble == "traceback":
        sys.modules.pop("pymxs")
    try:
        runpy.run_path(script, run_name="__main__")
    except Exception:  # noqa: BLE001 - 3ds Max prints it and goes on
        console.say(traceback.format_exc())
        return 0
    if trouble == "result is lost":
        (Path(script).parent / "result.json").unlink()
    return 0 if trouble else CLEAN_RUN


def install_max(
    task: dict[str, object], arguments: dict[str, str], console: Console, *, renderer_fails: bool
) -> FakeRuntime:
    """The fake runtime as `pymxs`, with the scene of the task."""

    def write(image: BakedImage) -> None:
        if renderer_fails:
            raise RuntimeError("an exception in the renderer")
        pixel_type = "half" if image.exr.layer_format == 1 else "float"
        channels = "ABGR" if image.exr.layer_type == 0 else "BGR"
        data = exr_bytes(image.width, image.height, 0, image.height, pixel_type=pixel_type, channels=channels)
        image.path.write_bytes(data)

    rt = FakeRuntime(arguments=arguments, write_image=write)
    rt.files[str(task["scene"])] = FakeFile([FakeNode(rt.tape, "Wall", material=rt.StandardMaterial())])
    rt.logSystem.logEntry = console.log_entry  # type: ignore[method-assign]
    sys.modules["pymxs"] = FakePymxs(rt)  # type: ignore[assignment]
    return rt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
