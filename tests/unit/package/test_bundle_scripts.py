"""The MAXScript and PowerShell of the bundle: to the letter where it counts, and linted."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.unit.node.maxscript_lint import complaints
from tests.unit.package.deployed import DEPLOY

CONTENTS = DEPLOY / "FlatironNetworkRendering/Contents"
STARTUP = CONTENTS / "startup/flatiron_startup.ms"
PYTHON = CONTENTS / "startup/flatiron_python.ms"
MACRO = CONTENTS / "macroscripts/flatiron.mcr"
SCRIPTS = (STARTUP, PYTHON, MACRO)


def code_of(path: Path) -> str:
    """The script without comments and indentation."""
    lines = (re.sub(r"^\s*--.*", "", line).strip() for line in path.read_text("ascii").splitlines())
    return "\n".join(line for line in lines if line)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_closed_hold_no_path_and_read_the_same_in_every_code_page(path: Path) -> None:
    assert complaints(path.read_text("ascii")) == []
    assert "\t" not in path.read_text("ascii")


def test_the_macro_to_the_letter() -> None:
    assert code_of(MACRO) == (
        "macroScript FlatironNetworkRendering\n"
        'category:"Flatiron"\n'
        'internalCategory:"Flatiron"\n'
        'buttonText:"Network Rendering..."\n'
        'tooltip:"Bake textures on the render farm"\n'
        "(\n"
        "on execute do\n"
        "(\n"
        "try\n"
        "(\n"
        'python.Execute "import max_submitter.start\\nmax_submitter.start.open_panel()" clearUndoBuffer:false\n'
        ")\n"
        "catch\n"
        "(\n"
        'messageBox ("The panel cannot be opened: " + (getCurrentException())) title:"Flatiron Network Rendering"\n'
        ")\n"
        ")\n"
        ")"
    )


def test_the_menu_of_3ds_max_2025_to_the_letter() -> None:
    """The ids stand in artists' menu files: they must never change."""
    assert (
        'local theMenu = menuMgr.mainMenuBar.CreateSubMenu "0382e1d2-b915-4958-97c4-0116379ced60" "Flatiron"\n'
        'theMenu.CreateAction "db06552f-00e4-46a7-b095-ae1b24556a5f" 647394 "FlatironNetworkRendering`Flatiron"\n'
    ) in code_of(STARTUP)
    assert (
        "callbacks.removeScripts id:#flatironMenu\n"
        "callbacks.addScript #cuiRegisterMenus flatironRegisterMenu id:#flatironMenu\n"
        "local menuMgr = maxOps.GetICuiMenuMgr()\n"
        "menuMgr.LoadConfiguration (menuMgr.GetCurrentConfiguration())\n"
    ) in code_of(STARTUP)


def test_the_menu_up_to_3ds_max_2024_to_the_letter() -> None:
    assert (
        'if (menuMan.findMenu "Flatiron") == undefined do\n'
        "(\n"
        'local theAction = menuMan.createActionItem "FlatironNetworkRendering" "Flatiron"\n'
        'if theAction == undefined do throw "3ds Max does not know the macro"\n'
        'local theMenu = menuMan.createMenu "Flatiron"\n'
        "local theBar = menuMan.getMainMenuBar()\n"
        'local theItem = menuMan.createSubMenuItem "Flatiron" theMenu\n'
        "theMenu.addItem theAction (theMenu.numItems() + 1)\n"
        "theBar.addItem theItem (theBar.numItems() + 1)\n"
        "menuMan.updateMenuBar()\n"
        ")\n"
    ) in code_of(STARTUP)


def test_the_start_is_guarded_step_by_step_and_does_nothing_without_a_person() -> None:
    """The last two statements are all that runs by itself."""
    assert code_of(STARTUP).endswith(
        "fn flatironStart folder =\n"
        "(\n"
        'try (fileIn (folder + "flatiron_python.ms")) catch (flatironLog "Python was not told where it is")\n'
        'try (fileIn (folder + "flatiron.ms")) catch (flatironLog "the MAXScript calls are missing")\n'
        "try (if (maxVersion())[1] <= 26000 then flatironShowOldMenu() else flatironShowMenu())\n"
        'catch (flatironLog "the menu is missing")\n'
        ")\n"
        "try (if not (maxOps.isInNonInteractiveMode()) do flatironStart (getFilenamePath (getSourceFileName())))\n"
        'catch (flatironLog "nothing was started")'
    )


def outermost(code: str) -> list[str]:
    """First words of the lines that stand outside of all brackets."""
    depth, found = 0, []
    for line in code.splitlines():
        if depth == 0 and line not in "()":
            found.append(line.split()[0])
        bare = re.sub(r'"(?:\\.|[^"\\])*"', "", line)
        depth += bare.count("(") - bare.count(")")
    return found


def test_nothing_but_definitions_stands_outside_of_a_try() -> None:
    assert set(outermost(code_of(STARTUP))) == {"fn", "try", "catch"}


def python_text(file: str) -> str:
    """The Python that `flatiron_python.ms` puts together when 3ds Max runs it from `file`."""
    text = ""
    for line in re.findall(r"^ *(?:local )?pythonText \+?= (.*)$", PYTHON.read_text("ascii"), re.M):
        for piece in re.findall(r'"(?:\\.|[^"\\])*"|\bthisFile\b', line):
            text += file if piece == "thisFile" else piece[1:-1].replace('\\"', '"').replace("\\n", "\n")
    return text


def path_after(file: str, before: list[str], times: int = 1) -> list[str]:
    """`sys.path` after Python ran it."""
    code = compile(python_text(file), "flatiron_python.ms", "exec")
    kept, sys.path = sys.path, list(before)
    try:
        for _ in range(times):
            exec(code, {})
        return sys.path
    finally:
        sys.path = kept


def test_our_folder_comes_first_and_vendored_packages_after_those_of_3ds_max() -> None:
    file = "/opt/autodesk's plugins/Contents/startup/flatiron_python.ms"
    found = path_after(file, ["/max/lib", "/max/site-packages"])
    contents = "/opt/autodesk's plugins/Contents"
    assert found == [f"{contents}/python", "/max/lib", "/max/site-packages", f"{contents}/vendored"]


def test_telling_python_twice_changes_nothing() -> None:
    file = "/opt/Contents/startup/flatiron_python.ms"
    assert path_after(file, ["/max/lib"], times=2) == path_after(file, ["/max/lib"])


@pytest.mark.parametrize(
    "folder", [r"C:\ProgramData\Autodesk", r"C:\new\table\x00\users", r"\\filer\plug-ins\n", r"D:\Küche 'é'"]
)
def test_no_folder_of_windows_can_break_out_of_the_text(folder: str) -> None:
    file = rf"{folder}\startup\flatiron_python.ms"
    (literal,) = {node.value for node in ast.walk(ast.parse(python_text(file))) if isinstance(node, ast.Constant)} & {
        file
    }
    assert literal == file


def test_at_the_start_python_imports_the_standard_library_alone() -> None:
    """Qt, Celery and Redis cost seconds: they come when the panel is opened."""
    tree = ast.parse(python_text("/opt/Contents/startup/flatiron_python.ms"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [alias.name for node in imports for alias in node.names] == ["os", "sys"]
    assert not re.search(r"python\.(execute|import)", code_of(STARTUP).casefold())


def test_the_installer_and_uninstaller_touch_one_folder_of_their_own() -> None:
    for name in ("install.ps1", "uninstall.ps1"):
        text = (DEPLOY / name).read_text("ascii")
        assert text.count("{") == text.count("}")
        assert text.count("(") == text.count(")")
        assert '$ErrorActionPreference = "Stop"' in text
        removed = re.findall(r"Remove-Item -Recurse -Force (\S+)", text)
        assert set(removed) <= {"$target", "$fresh"}
        assert r"Autodesk\ApplicationPlugins" in text
