"""The stored JSON Schemas say what the classes say, and judge documents as the reader does."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from flatiron_tasks.contracts.document import Document, encode
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.schemas import DOCUMENTS, FOLDER, schema_text
from tests.unit.contracts.document_examples import EXAMPLES

STORED = pytest.mark.parametrize(("file_name", "document"), DOCUMENTS.items(), ids=DOCUMENTS.keys())
WRONG_VALUES: tuple[object, ...] = (None, True, -1, 10**9, 1.5, "", "no such\nvalue", [], [1], {}, {"deep": {}})


def validator(document: type[Document]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text(document)))


def reader_accepts(document: type[Document], data: object) -> bool:
    try:
        document.from_json(json.dumps(data), source="the file")
    except ContractError:
        return False
    return True


@STORED
def test_the_stored_schema_is_the_generated_one(file_name: str, document: type[Document]) -> None:
    text = (FOLDER / file_name).read_text("utf-8")
    assert text == schema_text(document), "run: python -m flatiron_tasks.contracts.schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_no_other_schema_is_stored() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(DOCUMENTS)


@STORED
def test_a_valid_document_is_valid_by_schema(file_name: str, document: type[Document]) -> None:
    validator(document).validate(encode(EXAMPLES[document]))


@STORED
def test_schema_and_reader_agree_on_unknown_and_missing_keys(file_name: str, document: type[Document]) -> None:
    data: dict[str, Any] = encode(EXAMPLES[document])
    assert not validator(document).is_valid(data | {"surprise": 1})
    for key in data:
        assert not validator(document).is_valid({name: value for name, value in data.items() if name != key})


@STORED
def test_what_the_schema_refuses_the_reader_refuses_too(file_name: str, document: type[Document]) -> None:
    """The reader is stricter only where keys depend on each other; here each value is wrong by itself."""
    data: dict[str, Any] = encode(EXAMPLES[document])
    refused = 0
    for key in data:
        for wrong in WRONG_VALUES:
            changed = data | {key: wrong}
            if not validator(document).is_valid(changed):
                refused += 1
                assert not reader_accepts(document, changed), (key, wrong)
    assert refused > len(data) * 4


@STORED
def test_every_key_of_a_schema_is_explained(file_name: str, document: type[Document]) -> None:
    schema = json.loads(schema_text(document))
    assert all(value["description"].endswith((".", "!")) for value in schema["properties"].values())
    assert schema["additionalProperties"] is False
