"""The renderers that every node knows without a configuration file, and what a file's entry leaves out.

Nothing about 3ds Max here was run in 3ds Max; `workers.node.max_bake.beliefs` lists what to look at first.
"""

from __future__ import annotations

import sys

from workers.node.profile import ExitCodeMeaning, LogSymptom, NodeRenderer

_LICENCE = "Check the renderer's licence server, and that this node may use the renderer."
# A renderer plug-in without a licence waits for ever (deadline-cloud-for-3ds-max, issue 238).
_SYMPTOMS_OF_MAX = (
    LogSymptom(
        r"\b(v-?ray|corona|arnold|redshift|fstorm)\b.{0,80}"
        r"(licen[cs]e.{0,60}\b(fail\w*|error|denied|expired|unavailable|not (available|found|obtained|valid))\b"
        r"|\b(no|cannot|could not|failed to|unable to|waiting for)\b.{0,60}licen[cs]e)",
        "licence",
        _LICENCE,
        600,
    ),
    LogSymptom(r"\badp\b.{0,20}failed to start", "node", "Opt in to Autodesk's analytics for this node's account.", 60),
    LogSymptom(r"exit code -8\b|error -8\b.{0,40}licen[cs]e", "licence", "Check this node's 3ds Max licence.", 0),
    LogSymptom(
        r"missing (external files?|maps?|xrefs?)\b(?! ?[:=] ?(0|none))",
        "scene",
        "Put the missing files where the nodes can read them (UNC paths).",
        0,
    ),
    LogSymptom(r"missing (dlls?|plug-?ins?)\b(?! ?[:=] ?(0|none))", "node", "Install the plug-in on this node.", 0),
    LogSymptom(
        r"(network (path|name)|\\\\[^\\\s]+\\).{0,80}(not found|cannot be (found|reached)|access is denied)",
        "share",
        "Check that this node's account reaches the share: services see no mapped drives.",
        0,
    ),
)
# Autodesk, 3ds Max 2024 help, "3ds Max Batch": exit codes; -12 was seen by users of 2027.
_EXIT_CODES_OF_MAX = (
    ExitCodeMeaning(-1, "unhandled exception", "renderer"),
    ExitCodeMeaning(-2, "aborted", "renderer"),
    ExitCodeMeaning(-3, "crash", "renderer"),
    ExitCodeMeaning(-4, "crash", "renderer"),
    ExitCodeMeaning(-5, "crash", "renderer"),
    ExitCodeMeaning(-6, "out of memory", "node"),
    ExitCodeMeaning(-7, "graphics device error", "node"),
    ExitCodeMeaning(-8, "licence error", "licence"),
    ExitCodeMeaning(-9, "application not created", "node"),
    ExitCodeMeaning(-12, "an Autodesk service did not start", "node"),
)
_PROGRESS_OF_MAX = (
    r"\bflatiron: |\b(rendering|building|preparing|tracing)\b.{0,40}\b(image|region|frame|light|irradiance)"
)
_CODE_PAGES = ("cp932", "cp936", "cp949", "cp1252")


def _profile_of_max(name: str, program: str, command: tuple[str, ...], logs: tuple[str, ...]) -> NodeRenderer:
    """A program of 3ds Max that bakes by legacy Render To Texture."""
    return NodeRenderer(
        name=name,
        command=command,
        trust_exit_code=False,
        clean_python_environment=True,
        max_program=program,
        writes_result=True,
        logs=logs,
        code_pages=_CODE_PAGES,
        progress_pattern=_PROGRESS_OF_MAX,
        symptoms=_SYMPTOMS_OF_MAX,
        exit_codes=_EXIT_CODES_OF_MAX,
        no_progress_seconds=0,
        time_limit_minutes=0,
        whole_maps_only=True,
        one_object_per_pass=True,
    )


REFERENCE = NodeRenderer(
    name="reference",
    command=(sys.executable or "python3", "-m", "workers.reference_renderer", "{task}"),
    trust_exit_code=True,
    clean_python_environment=False,
    max_program="",
    writes_result=False,
    logs=(),
    code_pages=(),
    progress_pattern="",
    symptoms=(),
    exit_codes=(),
    no_progress_seconds=0,
    time_limit_minutes=0,
    whole_maps_only=False,
    one_object_per_pass=False,
)
MAX_BATCH = _profile_of_max(
    "3dsmaxbatch",
    "3dsmaxbatch.exe",
    (
        "{executable}", "{bake_script}", "-dm", "on", "-v", "5", "-mxsString", "flatiron_task:{task}",
        "-listenerLog", "{listener_log}", "-log", "{log}",
    ),
    ("{listener_log}", "{log}"),
)  # fmt: skip
MAX_CMD = _profile_of_max(
    "3dsmaxcmd",
    "3dsmaxcmd.exe",
    (
        "{executable}", "-preRenderScript:{pre_render_script}", "-start:{frame}", "-end:{frame}", "-w:16", "-h:16",
        "-outputName:{unused_image}", "{scene}",
    ),
    ("{user_log}",),
)  # fmt: skip
BUILT_IN_PROFILES = (REFERENCE, MAX_BATCH, MAX_CMD)
