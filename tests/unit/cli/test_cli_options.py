"""What the command line accepts, and what it refuses with words that help."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from flatiron_tasks.contracts.channels import ACCEPT_TASK, REQUEST_TASKS
from flatiron_tasks.contracts.elements import KIND_OF_ELEMENT
from flatiron_tasks.contracts.errors import BadInputError, SettingsError
from flatiron_tasks.settings import FlowerSettings, Settings
from flatiron_tasks.tasks.app import ROUTES, make_app
from flatiron_tasks.tasks.queues import FRONT_DESK, QUEUES
from workers.cli import bake_options, number_ranges
from workers.cli.app import app as cli_app
from workers.cli.bake_options import ElementChoice
from workers.cli.exit_codes import ExitCode
from workers.cli.flower import check_version, flower_arguments, is_loopback
from workers.cli.worker import Role, worker_arguments

OBJECTS = ["Floor", "Wall", "Vase"]


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("0", (0, 0, False)),
        ("5", (5, 5, False)),
        ("5-5", (5, 5, True)),
        ("1-24", (1, 24, True)),
        ("-5", (-5, -5, False)),
        ("-5--1", (-5, -1, True)),
        ("-2-3", (-2, 3, True)),
        (" 7 ", (7, 7, False)),
    ],
)
def test_frames_are_one_frame_or_a_range(text: str, frames: tuple[int, int, bool]) -> None:
    assert number_ranges.frames(text) == frames


@pytest.mark.parametrize("text", ["", "a", "3-1", "1-2-3", "1.5", "1-", "-"])
def test_frames_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        number_ranges.frames(text)


def test_passes_are_numbers_and_ranges_each_pass_once() -> None:
    assert number_ranges.passes(["7", "4-6", "5"]) == (4, 5, 6, 7)
    assert number_ranges.passes([]) == ()


@pytest.mark.parametrize("text", ["-1", "6-4", "all", "1,2", ""])
def test_passes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        number_ranges.passes([text])


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("CompleteMap", ElementChoice("CompleteMap", "color", "png", "uint8")),
        ("NormalsMap:tiff", ElementChoice("NormalsMap", "normal", "tiff", "uint8")),
        ("LightingMap:EXR", ElementChoice("LightingMap", "color", "exr", "half")),
        ("AmbientOcclusion:tiff:uint16", ElementChoice("AmbientOcclusion", "data", "tiff", "uint16")),
        ("MyMask:png:uint8:data", ElementChoice("MyMask", "data", "png", "uint8")),
    ],
)
def test_an_element_is_a_name_with_format_pixel_type_and_kind(text: str, choice: ElementChoice) -> None:
    assert bake_options.element(text) == choice


@pytest.mark.parametrize("name", sorted(KIND_OF_ELEMENT))
def test_every_known_element_needs_its_name_only(name: str) -> None:
    assert bake_options.element(name).kind == KIND_OF_ELEMENT[name]


@pytest.mark.parametrize(
    "text", ["", ":png", "CompleteMap:gif", "CompleteMap:png:half", "CompleteMap:png:uint8:color:x"]
)
def test_an_impossible_element_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        bake_options.element(text)


def test_a_misspelt_element_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadInputError, match="Did you mean CompleteMap"):
        bake_options.element("CompletMap")


@pytest.mark.parametrize(("text", "size"), [("1024", (1024, 1024)), ("2048x512", (2048, 512)), ("64X32", (64, 32))])
def test_a_size_is_one_number_or_two(text: str, size: tuple[int, int]) -> None:
    assert bake_options.size(text) == size


@pytest.mark.parametrize("text", ["0", "0x4", "4x0", "-1", "big", "1x2x3", "00"])
def test_a_size_without_texels_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        bake_options.size(text)


def test_padding_is_a_number_or_all() -> None:
    assert bake_options.padding("16") == (16, False)
    assert bake_options.padding("All") == (0, True)
    with pytest.raises(BadInputError):
        bake_options.padding("-1")


def test_options_of_the_renderer_are_what_they_look_like() -> None:
    given = ["samples=64", "ao_distance=0.5", "sharp=true", "name=a=b"]
    wanted = {"samples": 64, "ao_distance": 0.5, "sharp": True, "name": "a=b"}
    found = bake_options.options(given)
    assert found == wanted
    assert [type(value) for value in found.values()] == [int, float, bool, str]
    with pytest.raises(BadInputError):
        bake_options.options(["samples"])


def test_all_objects_of_the_scene_share_one_map_unless_something_else_is_said() -> None:
    assert bake_options.atlases([], [], OBJECTS) == [OBJECTS]
    assert bake_options.atlases([], ["Wall", "Vase,Floor"], OBJECTS) == [["Wall", "Vase", "Floor"]]
    assert bake_options.atlases(["Floor, Wall", "Vase"], [], OBJECTS) == [["Floor", "Wall"], ["Vase"]]


@pytest.mark.parametrize(
    ("maps", "objects", "message"),
    [
        (["Flor"], [], "Did you mean 'Floor'"),
        ([], ["Qqqqqq"], "It has: Floor, Wall, Vase"),
        (["Floor", "Floor"], [], "twice"),
        (["Floor"], ["Wall"], "exclude each other"),
    ],
)
def test_objects_that_cannot_be_baked_are_refused(maps: list[str], objects: list[str], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        bake_options.atlases(maps, objects, OBJECTS)


def test_a_worker_reads_the_queues_of_its_roles_only() -> None:
    arguments = worker_arguments([Role.FRONT_DESK.queue, Role.MERGE.queue], 3, "merge@%h", "INFO")
    assert "--queues=flatiron.front-desk,flatiron.merge" in arguments
    assert "--concurrency=3" in arguments
    assert "--hostname=merge@%h" in arguments


def test_a_worker_without_fork_has_one_thread_whatever_else_is_said() -> None:
    arguments = worker_arguments([Role.DISPATCH.queue], None, None, "INFO", one_thread=True)
    assert {"--pool=threads", "--concurrency=1"} <= set(arguments)
    refused = CliRunner().invoke(cli_app, ["worker", "--one-thread", "--concurrency", "4"])
    assert refused.exit_code == ExitCode.USAGE
    assert "start several" in " ".join(refused.output.replace("│", "").split())


def test_a_worker_knows_the_tasks_of_its_roles_and_no_others() -> None:
    for queue in QUEUES:
        tasks = set(make_app(Settings(), [queue]).tasks)
        assert tasks == {task for task, home in ROUTES.items() if home == queue}
    assert set(make_app(Settings()).tasks) == set(ROUTES)


def test_the_front_desk_serves_submissions_and_requests_only() -> None:
    assert set(make_app(Settings(), [FRONT_DESK]).tasks) == {ACCEPT_TASK, *REQUEST_TASKS}


def test_there_is_a_role_for_every_queue() -> None:
    assert sorted(role.queue for role in Role) == sorted(QUEUES)


def _flower(**options: object) -> Settings:
    return Settings(flower=FlowerSettings.model_validate(options))


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.168.1.5", "::", "dashboard.example"])
def test_flower_never_listens_beyond_this_machine_without_a_password(address: str) -> None:
    with pytest.raises(SettingsError, match="FLATIRON_FLOWER__BASIC_AUTH"):
        flower_arguments(_flower(address=address), "INFO")
    assert "--basic-auth=td:secret" in flower_arguments(_flower(address=address, basic_auth="td:secret"), "INFO")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_flower_may_be_open_on_this_machine(address: str) -> None:
    assert is_loopback(address)
    assert f"--address={address}" in flower_arguments(_flower(address=address), "INFO")


def test_flower_only_shows_unless_it_is_told_otherwise() -> None:
    assert "--read-only=True" in flower_arguments(_flower(), "INFO")
    assert "--read-only=False" in flower_arguments(_flower(read_only=False, basic_auth="td:secret"), "INFO")


def test_flower_acts_for_nobody_who_did_not_log_in() -> None:
    with pytest.raises(SettingsError, match="start and stop tasks"):
        flower_arguments(_flower(read_only=False), "INFO")


OAUTH = {
    "oauth_provider": "gitlab",
    "oauth_emails": ".*@studio.example",
    "oauth_key": "dashboard",
    "oauth_secret": "from the provider",
    "oauth_redirect_url": "https://farm.studio.example/flower/login",
}


def test_flower_may_listen_anywhere_where_a_provider_says_who_people_are() -> None:
    arguments = flower_arguments(_flower(address="0.0.0.0", read_only=False, **OAUTH), "INFO")
    assert "--auth=.*@studio.example" in arguments
    assert "--oauth2-secret=from the provider" in arguments


@pytest.mark.parametrize("provider", ["google", "github", "gitlab", "okta"])
def test_flower_has_the_login_of_every_provider(provider: str) -> None:
    arguments = flower_arguments(_flower(**(OAUTH | {"oauth_provider": provider})), "INFO")
    (given,) = (item for item in arguments if item.startswith("--auth-provider="))
    module, _, handler = given.partition("=")[2].rpartition(".")
    assert hasattr(importlib.import_module(module), handler)


@pytest.mark.parametrize("name", sorted(set(OAUTH) - {"oauth_provider"}))
def test_flower_never_starts_with_half_a_login(name: str) -> None:
    with pytest.raises(SettingsError, match=f"flower.{name}"):
        flower_arguments(_flower(**(OAUTH | {name: ""})), "INFO")


def test_flower_has_one_kind_of_login() -> None:
    with pytest.raises(SettingsError, match="two kinds of login"):
        flower_arguments(_flower(basic_auth="td:secret", **OAUTH), "INFO")


@pytest.mark.parametrize("emails", ["*", ".*", "ann", "ann@*", ".*@.*", ".*@a.example|bob@a.example", "*.*@a.example"])
def test_flower_is_not_told_to_let_in_whom_nobody_named(emails: str) -> None:
    with pytest.raises(ValueError, match="it must be ann@studio"):
        _flower(**(OAUTH | {"oauth_emails": emails}))


@pytest.mark.parametrize("installed", ["2.1.0", "2.0.1", "1.2.0", "0.9.7"])
def test_a_flower_whose_buttons_any_web_page_can_press_is_not_started(installed: str) -> None:
    with pytest.raises(SettingsError, match=f"Flower {installed} is installed"):
        check_version(installed)


def test_the_flower_that_is_installed_is_new_enough() -> None:
    check_version(version("flower"))
    check_version("2.10.0")


@pytest.mark.parametrize(
    ("read", "text"), [(bake_options.size, "1e3"), (bake_options.padding, "4.5"), (bake_options.element, "a:b:c:d:e")]
)
def test_a_refusal_shows_what_was_given(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read(text)
    assert repr(text) in caught.value.what
    assert caught.value.advice


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("farm01", ("farm01", 3234)),
        ("farm01:4000", ("farm01", 4000)),
        ("::1", ("::1", 3234)),
        ("1.2.3.4", ("1.2.3.4", 3234)),
    ],
)
def test_a_manager_may_carry_its_port(text: str, address: tuple[str, int]) -> None:
    assert bake_options.manager(text, 3234) == address


def test_a_port_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadInputError, match="HOST or HOST:PORT"):
        bake_options.manager("farm01:http", 3234)
