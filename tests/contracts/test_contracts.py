"""The contracts are one language: registered once, documented from the registry, accepted by the field's own parser, readable forever (EXC-02)."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import ValidationError

from contracts import document, envelope, registry, report
from contracts.certificates import ResultDelivered
from contracts.envelope import TELLERS
from contracts.registry import NewerVersionError, PublicEvent, UnknownTypeError, public, upcast
from services.chassis.bus.kafka import topics
from tests.missing import missing

FOLDER = Path(document.__file__).parent
CASE = UUID("00000000-0000-4000-8000-000000000001")
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OURS = [t for t in registry.registered() if ".sample." not in t]
DELIVERED = ResultDelivered(number="示-1", manner="WINDOW", delivered_on=MONDAY.date())


def reader_of(wire_type: str) -> Any:
    """Give what reads a type: those that others tell us have an envelope of their own."""
    return report if wire_type.split(".")[2] in document.DOORS else envelope


def wrapped(event: PublicEvent = DELIVERED, position: int = 7) -> envelope.Envelope:
    """Put an event into its envelope."""
    return envelope.wrap(event, service="certificates", subject=CASE, position=position, happened=MONDAY, recorded=MONDAY, actor="clerk-1")


def test_generated_documents_have_not_drifted() -> None:
    """Given the registry, the committed AsyncAPI document and schemas are what it generates."""
    for path, text in document.files().items():
        if ".sample." not in path.name:
            assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make contracts"
    assert {path.stem for path in (FOLDER / "schemas").glob("*.json")} == set(OURS)


@pytest.mark.slow
def test_the_official_parser_accepts_the_asyncapi_document() -> None:
    """Given the AsyncAPI document, the parser of its makers finds no error."""
    here = Path(__file__).parent / "asyncapi"
    # Where the machine has no node, `onewindow assets` brought one beside our Python.
    node = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
    if node is None or not (here / "node_modules").exists():
        missing("node or the AsyncAPI parser is not there: make test installs both")
    done = subprocess.run([node, "check.mjs", str(FOLDER / "asyncapi.yaml")], cwd=here, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{len(OURS)} messages in 8 channels")


def test_the_topic_of_a_department_is_documented_as_it_is_made() -> None:
    """Given the channel by which departments hear, its address and its partitions are those of the topic that is made, and it brings what four services say."""
    channel = document.asyncapi()["channels"]["forDepartment"]
    name = topics.topic_for("onewindow", "housing")
    assert channel["address"].replace("{department}", "housing") == name
    assert channel["bindings"]["kafka"]["partitions"] == topics.lanes_of(name)
    said = [one for service in TELLERS for one in document.asyncapi()["channels"][service]["messages"]]
    assert list(channel["messages"]) == said


@pytest.mark.parametrize("wire_type", OURS)
def test_every_type_has_a_sample_that_is_read(wire_type: str) -> None:
    """Given the sample of a type, it is read into the newest model and obeys its schema."""
    body = (FOLDER / "samples" / f"{wire_type}.json").read_bytes()
    heard = reader_of(wire_type).from_bytes(body)
    event = heard.event()
    assert registry.wire_type_of(event).rpartition(".v")[0] == wire_type.rpartition(".v")[0]
    jsonschema.validate(json.loads(reader_of(wire_type).to_bytes(heard)), json.loads((FOLDER / "schemas" / f"{wire_type}.json").read_text(encoding="utf-8")))


def test_no_sample_was_lost() -> None:
    """Given every sample ever published, each is still readable, also of versions that are no longer written."""
    for sample in (FOLDER / "samples").glob("*.json"):
        assert reader_of(sample.name).from_bytes(sample.read_bytes()).event() is not None


def test_a_message_comes_back_as_it_was_sent() -> None:
    """Given an envelope, its bytes give it back, with both times and the actor (EXC-02, OPS-02, SEC-03)."""
    heard = envelope.from_bytes(envelope.to_bytes(wrapped()))
    assert heard == wrapped()
    assert heard.event() == DELIVERED
    assert (heard.service, heard.position, heard.actor) == ("certificates", 7, "clerk-1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"specversion":"1.0"', b'"specversion":"0.3"'),
        (b'"sequence":"7"', b'"sequence":"seven"'),
        (b'"subject":"00000000', b'"subject":"x0000000'),
        (b'"time":"2026-03-02T01:00:00Z"', b'"time":"2026-03-02T01:00:00"'),
        (b'"type":', b'"kind":'),
        (b"{", b""),
    ],
)
def test_bytes_that_are_no_event_of_ours_are_malformed(old: bytes, new: bytes) -> None:
    """Given a damaged message, reading it says so."""
    body = envelope.to_bytes(wrapped()).replace(old, new, 1)
    assert body != envelope.to_bytes(wrapped())
    with pytest.raises(envelope.Malformed):
        envelope.from_bytes(body)


def test_a_case_always_has_the_same_lane() -> None:
    """Given cases, each has the lane that it had in the first release: lanes are partitions and positions of what was said and heard long ago."""
    cases = [UUID(int=1), UUID(int=2), UUID(int=3), UUID("6f1c3a52-9d0e-4c58-8a5b-0e6d3f7b21c4")]
    assert ([envelope.lane_of(case) for case in cases], envelope.LANES) == ([3, 9, 15, 13], 16)


def test_a_type_is_registered_once() -> None:
    """Given a second model for a type, or a second type for a model, the import fails."""
    with pytest.raises(ValueError, match="registered twice"):

        @public("gov.onewindow.certificates.result-delivered.v1")
        class Another(PublicEvent):
            """A duplicate."""


def test_unknown_newer_and_wrong_data_are_told_apart() -> None:
    """Given a type nobody knows, one newer than ours, and data that do not fit, each is its own error."""
    with pytest.raises(UnknownTypeError):
        registry.read("gov.onewindow.certificates.result-burnt.v1", {})
    with pytest.raises(NewerVersionError):
        registry.read("gov.onewindow.certificates.result-delivered.v9", {})
    with pytest.raises(ValidationError):
        registry.read("gov.onewindow.certificates.result-delivered.v1", {"number": "1", "unheard": 1})


def test_an_old_version_is_lifted_to_the_newest() -> None:
    """Given data of an old version, the reader sees the newest model only."""

    @upcast("gov.onewindow.sample.lifted.v1", "gov.onewindow.sample.lifted.v2")
    def lift(data: dict[str, object]) -> dict[str, object]:
        return {"title": data["name"]}

    @public("gov.onewindow.sample.lifted.v2")
    class Lifted(PublicEvent):
        title: str

    assert registry.read("gov.onewindow.sample.lifted.v1", {"name": "红楼梦"}) == Lifted(title="红楼梦")
