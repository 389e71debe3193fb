"""The strict reader refuses whatever does not keep its contract, and names the key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flatiron_tasks.contracts.document import Document
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.receipt import Receipt
from tests.unit.contracts.document_examples import EXAMPLES, HASH, TIME, description

ALL = pytest.mark.parametrize("document", EXAMPLES.values(), ids=lambda document: type(document).__name__)
EVERY_KEY = pytest.mark.parametrize(
    ("document", "key"),
    [(document, key) for document in EXAMPLES.values() for key in json.loads(document.to_json())],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)


def data_of(document: Document) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(document.to_json())
    return data


def refusal(document: Document, data: object) -> str:
    with pytest.raises(ContractError) as caught:
        type(document).from_json(json.dumps(data), source="the file")
    return str(caught.value)


@ALL
def test_a_document_reads_back_equal(document: Document) -> None:
    assert type(document).from_json(document.to_json(), source="the file") == document
    assert type(document).from_json(document.to_json().encode(), source="the file") == document


@EVERY_KEY
def test_every_key_is_required(document: Document, key: str) -> None:
    data = data_of(document)
    del data[key]
    text = refusal(document, data)
    assert "the file" in text
    assert key in text


@EVERY_KEY
@pytest.mark.parametrize("wrong", [{"no": []}, [["nested"]], 1.5], ids=["object", "list", "fraction"])
def test_a_value_of_the_wrong_type_is_refused_by_name(document: Document, key: str, wrong: object) -> None:
    assert key in refusal(document, data_of(document) | {key: wrong})


@ALL
def test_an_unknown_key_is_refused_by_name(document: Document) -> None:
    assert "`surprise`" in refusal(document, data_of(document) | {"surprise": 1})


@ALL
@pytest.mark.parametrize("version", [0, 3, "1", 1.0, True, None])
def test_another_version_is_named_and_refused_before_its_keys_are_judged(document: Document, version: object) -> None:
    data = data_of(document) | {"schema_version": version, "key_of_the_future": 1}
    text = refusal(document, data)
    assert f"schema_version {version!r}" in text
    assert "Update" in text


@ALL
@pytest.mark.parametrize("top", [[], "text", 1, None])
def test_only_an_object_is_a_document(document: Document, top: object) -> None:
    assert "must be an object" in refusal(document, top)


def test_a_mistyped_key_gets_the_right_one_proposed() -> None:
    data = data_of(description())
    data["job_nmae"] = data.pop("job_name")
    assert "Did you mean `job_name`?" in refusal(description(), data)


def test_a_nested_fault_is_named_with_its_whole_path() -> None:
    data = data_of(description())
    data["elements"][0]["height"] = "48"
    assert "elements[0]" in (text := refusal(description(), data))
    assert "`height`" in text
    data = data_of(description())
    data["objects"][1]["colour"] = 1
    assert "`objects[1].colour`" in refusal(description(), data)


@pytest.mark.parametrize(
    "text",
    ["", "{", b"\xff\xfe\xfa", "[" * 100_000, '{"a": NaN}', '{"a": -Infinity}', '{"schema_version": 1, "job_id": 1'],
    ids=["empty", "cut", "bytes", "deep", "nan", "infinity", "truncated"],
)
def test_what_is_not_json_is_a_contract_error(text: str | bytes) -> None:
    with pytest.raises(ContractError, match=r"job\.desc is not valid JSON"):
        JobDescription.from_json(text, source="job.desc")


def test_a_key_that_stands_twice_is_refused() -> None:
    text = description().to_json().replace('"strips": 2', '"strips": 2, "strips": 3')
    with pytest.raises(ContractError, match="`strips` stands twice"):
        JobDescription.from_json(text, source="job.desc")


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity"])
def test_a_number_that_json_cannot_hold_is_refused_in_options(number: str) -> None:
    text = description().to_json().replace('"gain": 0.5', f'"gain": {number}')
    with pytest.raises(ContractError):
        JobDescription.from_json(text, source="job.desc")


@pytest.mark.parametrize("key", ["job_name", "group"])
def test_half_a_character_is_refused_although_json_can_spell_it(key: str) -> None:
    assert key in refusal(description(), data_of(description()) | {key: "a\ud800b"})


def test_half_a_character_is_refused_in_options() -> None:
    data = data_of(description())
    data["renderer"]["options"] = {"\ud800": 1}
    assert "renderer" in refusal(description(), data)
    data["renderer"]["options"] = {"look": "\udfff"}
    assert "look" in refusal(description(), data)


def test_an_option_is_a_scalar() -> None:
    nothing: tuple[object, ...] = (None, [], {})
    for wrong in nothing:
        data = data_of(description())
        data["renderer"]["options"] = {"samples": wrong}
        assert "samples" in refusal(description(), data)


@pytest.mark.parametrize(
    "name", ["..", ".", "../p.exr", "a/b.exr", "a\\b.exr", "C:p.exr", "p.exr:stream", "", "/p.exr"]
)
def test_a_receipt_cannot_point_out_of_its_folder(name: str) -> None:
    assert "file_name" in refusal(EXAMPLES[Receipt], data_of(EXAMPLES[Receipt]) | {"file_name": name})


@pytest.mark.parametrize("time", ["2026-01-31 14:25:01Z", TIME[:-1], TIME + "\n", "٢٠٢٦-01-31T14:25:01Z", ""])
def test_a_time_has_one_spelling(time: str) -> None:
    assert "finished_at" in refusal(EXAMPLES[Receipt], data_of(EXAMPLES[Receipt]) | {"finished_at": time})


@pytest.mark.parametrize("digest", [HASH.upper(), HASH[:-1], HASH + "0", HASH + "\n"])
def test_a_hash_has_one_spelling(digest: str) -> None:
    assert "sha256" in refusal(EXAMPLES[Receipt], data_of(EXAMPLES[Receipt]) | {"sha256": digest})


def test_an_invalid_document_cannot_exist_in_memory_either() -> None:
    with pytest.raises(ContractError, match="strips"):
        description(strips=0)
    with pytest.raises(ContractError, match="`objects` must be a list"):
        description(objects=[])
    with pytest.raises(ContractError, match="`scene` must be a Scene"):
        description(scene="booth.max")
