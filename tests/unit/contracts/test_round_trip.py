"""Every valid job description survives JSON unchanged."""

from __future__ import annotations

import jsonschema
from hypothesis import given, settings

from flatiron_tasks.contracts.document import encode, json_schema
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.job_hashes import plan_hash
from tests.unit.contracts.document_examples import descriptions

VALIDATOR = jsonschema.Draft202012Validator(json_schema(JobDescription))


@settings(max_examples=60, deadline=None)
@given(descriptions())
def test_a_description_survives_json_and_keeps_its_hash(job: JobDescription) -> None:
    again = JobDescription.from_json(job.to_json().encode(), source="job.desc")
    assert again == job
    assert again.to_json() == job.to_json()
    assert plan_hash(again) == plan_hash(job)


@settings(max_examples=30, deadline=None)
@given(descriptions())
def test_the_schema_accepts_whatever_the_reader_accepts(job: JobDescription) -> None:
    VALIDATOR.validate(encode(job))
