"""Histories leave as event logs for process mining: XES and OCEL 2.0, valid by the published schemas, in order, with nothing personal in clear (AUD-04)."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from services.console.cli import application
from tests.journeys.department import reported, way
from tests.world import COMPANY, World, at, personal_in, world_at

SCHEMAS = Path(__file__).parents[1] / "contracts" / "mining"
FOOD = "food-operation-licence"
AS_OF = "2026-03-04T00:00"
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
WORDS = {"reason": "孙八说要现场看", "opinion": "孙八的材料齐全", "complaint": "窗口的孙八要求另付费用。", "explanation": "孙八请假了。"}
"""What people wrote in their own words."""
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class District:
    """A district with a case that was corrected, stopped, granted and complained about, an overdue one, and an application of another department."""

    world: World
    granted: str
    overdue: str
    elsewhere: str
    early: dict[str, bytes]
    """Logs as of the morning of the third day, taken the evening before."""

    def log(self, format: str, by: str = "auditor", **asked: str) -> httpx.Response:  # noqa: A002 - as the address has it
        """Download a log of March, or of another period."""
        return self.world.call(by, "GET", "/supervision/api/histories", params={**MARCH, **asked, "format": format})

    def history(self, case: str) -> list[Event]:
        """Give what the page of a case tells."""
        told: list[Event] = self.world.do("auditor", "GET", f"/supervision/api/cases/{case}/history")
        return told


@pytest.fixture(name="district", scope="module")
def _district(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[District]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world:
        granted = world.applied(FOOD, "chengda-agent", applicant=world.registered("chengda-agent", COMPANY))["id"]
        world.act("market-handler", f"/intake/api/applications/{granted}/correction-notices", {"defects": {"floor-plan": WORDS["reason"]}})
        world.advance("2026-03-03 09:00")
        body = {"materials": [{"code": "floor-plan", "digest": world.handed_in("chengda-agent"), "filename": "新.pdf"}]}
        world.do("chengda-agent", "POST", f"/intake/api/applications/{granted}/corrections", json=body)
        world.act("market-handler", f"/intake/api/applications/{granted}/accept")
        world.settle()
        world.act("market-handler", f"/workflow/api/cases/{granted}/stops", {"procedure": "INSPECTION", "expected_days": 2, "reason": WORDS["reason"]})
        (lasting,) = world.do("market-handler", "GET", f"/workflow/api/cases/{granted}")["stops"]
        world.act("market-handler", f"/workflow/api/cases/{granted}/stops/{lasting['id']}/end", {"result": WORDS["reason"]})
        world.settle()
        world.signed(granted, "handle", "market-handler", opinion=WORDS["opinion"])
        world.signed(granted, "review", "market-head")
        world.signed(granted, "approve", "market-leader")
        number = world.do("auditor", "GET", f"/supervision/api/cases/{granted}")["number"]
        complaint = {"number": number, "text": WORDS["complaint"], "name": "yes"}
        world.call("chengda-agent", "POST", "/supervision/complain", data=complaint, headers={"Accept": "text/html"}, follow_redirects=False)
        (lodged,) = world.rows("supervision", "complaints")
        for step, said in (("forward", {"department": "market-regulation", "reason": WORDS["reason"]}), ("return", {"report": WORDS["explanation"]})):
            world.do(
                "supervisor1" if step == "forward" else "market-head", "POST", f"/supervision/api/cases/{granted}/complaints/{lodged['id']}/{step}", json=said
            )
        overdue = world.accepted()
        elsewhere = world.applied("public-venue-hygiene")["id"]
        early = {one: District(world, granted, overdue, elsewhere, {}).log(one, as_of=AS_OF).content for one in ("xes", "ocel")}
        world.advance("2026-03-30 09:00")
        card = next(row for row in world.rows("supervision", "warnings") if str(row["case_id"]) == overdue and row["rule"] == "SUP-R01")
        world.act("market-head", f"/supervision/api/cards/{card['id']}/explain", {"text": WORDS["explanation"]})
        world.settle()
        yield District(world, granted, overdue, elsewhere, early)


def traces(log: bytes) -> dict[str, list[Event]]:
    """Read a log as the schema of XES allows it: the events of each trace, by the id of the case."""
    read = etree.fromstring(log)
    etree.XMLSchema(etree.parse(SCHEMAS / "xes-ieee-1849-2016.xsd")).assertValid(read)
    required = {one.get("key") for one in read.find("global[@scope='event']")}
    for event in read.iter("event"):
        assert required <= {one.get("key") for one in event}
    return {trace.find("id[@key='identity:id']").get("value"): [_attributes(event) for event in trace.iter("event")] for trace in read.iter("trace")}


def _attributes(element: Any) -> Event:
    keys = [one.get("key") for one in element]
    assert len(keys) == len(set(keys))
    return {one.get("key"): one.get("value") for one in element}


def objects_and_events(log: bytes) -> dict[str, Any]:
    """Read a log as the schema of OCEL 2.0 allows it, and hold it against what it declares."""
    read: dict[str, Any] = json.loads(log)
    schema = json.loads((SCHEMAS / "ocel20-schema-json.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(read)
    known = {one["id"] for one in read["objects"]}
    assert len(known) == len(read["objects"])
    assert len({event["id"] for event in read["events"]}) == len(read["events"])
    for types, of_type in ((read["eventTypes"], read["events"]), (read["objectTypes"], read["objects"])):
        declared = {one["name"]: {attribute["name"]: attribute["type"] for attribute in one["attributes"]} for one in types}
        assert len(declared) == len(types)
        for one in of_type:
            for attribute in one["attributes"]:
                _assert_is(declared[one["type"]][attribute["name"]], attribute["value"])
            assert {related["objectId"] for related in one["relationships"]} <= known
    return read


def _assert_is(kind: str, value: str) -> None:
    match kind:
        case "integer":
            int(value)
        case "boolean":
            assert value in {"true", "false"}
        case "time":
            assert datetime.fromisoformat(value).tzinfo
        case _:
            assert (kind, bool(value)) == ("string", True)


def test_a_trace_holds_each_event_once_and_in_order(district: District) -> None:
    """Given cases with every kind of fact, their traces are their histories: each event once, in the domain's order, at the time when it happened."""
    log = traces(district.log("xes").content)
    assert set(log) == {district.granted, district.overdue, district.elsewhere}
    for case, events in log.items():
        history = district.history(case)
        assert [event["id"] for event in events] == [entry["event"] for entry in history]
        for event, entry in zip(events, history, strict=True):
            assert datetime.fromisoformat(event["time:timestamp"]) == datetime.fromisoformat(entry["happened"])
            assert event["time:timestamp"].endswith("+08:00")
    told = log[district.granted]
    assert len(told) == len({event["id"] for event in told}) > 20
    seen = {(event["concept:name"], event["lifecycle:transition"], event["code"]) for event in told}
    assert seen >= {
        ("收件", "complete", "application-received"),
        ("补正", "start", "correction-notice-issued"),
        ("补正", "complete", "corrections-submitted"),
        ("特别程序", "start", "clock-stopped"),
        ("特别程序", "complete", "clock-resumed"),
        ("决定", "complete", "case-decided"),
        ("投诉办理", "start", "complaint-registered"),
    }


def test_a_stage_lives_from_its_entry_to_its_signature(district: District) -> None:
    """Given a stage that was entered, taken and signed, all three are moments of one activity, by the officer's reference and the department's name."""
    events = traces(district.log("xes").content)[district.granted]
    of_stage = [event for event in events if event.get("stage") == "handle"]
    assert {event["concept:name"] for event in of_stage} == {"「承办」环节"}
    assert {event["concept:instance"] for event in of_stage} == {"1"}
    assert [event["lifecycle:transition"] for event in of_stage] == ["schedule", "start", "complete"]
    signed = of_stage[-1]
    assert signed["org:resource"] == district.world.subject("market-handler")
    assert (signed["org:group"], signed["department"]) == ("市场监管局", "market-regulation")


def test_a_complaint_lives_from_its_registration_and_names_who_was_asked(district: District) -> None:
    """Given a complaint about which a department was asked, its moments are of one instance, and the answer is the department's."""
    events = traces(district.log("xes").content)[district.granted]
    registered, returned = (next(event for event in events if event["code"] == code) for code in ("complaint-registered", "complaint-returned"))
    assert registered["concept:instance"] == str(district.world.rows("supervision", "complaints")[0]["id"])
    assert returned["department"] == "market-regulation"


def test_objects_are_what_events_are_about(district: District) -> None:
    """Given the same cases, the object-centric log has every event once, with its case, item, stage, department, certificate and card."""
    log = objects_and_events(district.log("ocel").content)
    for case in (district.granted, district.overdue, district.elsewhere):
        of_case = [event for event in log["events"] if {"objectId": case, "qualifier": "办件"} in event["relationships"]]
        assert [event["id"] for event in of_case] == [entry["event"] for entry in district.history(case)]
    kinds = {one["id"]: one["type"] for one in log["objects"]}
    assert set(kinds.values()) == {"办件", "事项", "部门", "环节", "结果文书", "预警"}
    related = {(event["type"], kinds[one["objectId"]]) for event in log["events"] for one in event["relationships"]}
    assert related >= {("收件", "事项"), ("签署环节", "环节"), ("签署环节", "部门"), ("制作结果文书", "结果文书"), ("发牌", "预警"), ("说明情况", "预警")}
    (granted,) = [one for one in log["objects"] if one["id"] == district.granted]
    assert {one["qualifier"] for one in granted["relationships"]} == {"申请事项", "负责部门", "办理环节", "办理结果", "受到预警"}
    assert "GRANTED" in {one["value"] for one in granted["attributes"]}


@pytest.mark.parametrize("format", ["xes", "ocel"])
def test_nothing_personal_and_nothing_in_own_words_leaves(district: District, format: str) -> None:  # noqa: A002
    """Given everything that was said and written about the cases, no log has what names or reaches anybody, nor who complained (SEC-02)."""
    log = district.log(format).text
    assert "食品经营许可" in log
    assert "complaint-registered" in log
    assert personal_in(log, *WORDS.values(), "孙八", "承办人员（示例）", "材料齐全") == []
    registered = next(event for event in traces(district.log("xes").content)[district.granted] if event["code"] == "complaint-registered")
    assert "org:resource" not in registered


@pytest.mark.parametrize("format", ["xes", "ocel"])
def test_the_same_cases_are_the_same_bytes(district: District, format: str) -> None:  # noqa: A002
    """Given a log as of a moment, it is the same however much later it is taken, and has nothing that was recorded after it."""
    assert district.log(format).content == district.log(format).content != district.early[format]
    assert district.log(format, as_of=AS_OF).content == district.early[format]
    events = traces(district.log("xes", as_of=AS_OF).content)[district.overdue]
    assert [event["id"] for event in events] == [one["event"] for one in district.history(district.overdue) if one["recorded"] < "2026-03-03T16"]
    assert "card-issued" not in {event["code"] for event in events}


def test_filters_choose_cases(district: District) -> None:
    """Given a period, an item or a department, the log has their cases alone; officers get those of their own department."""
    assert set(traces(district.log("xes", item=FOOD).content)) == {district.granted, district.overdue}
    assert set(traces(district.log("xes", department="health").content)) == {district.elsewhere}
    assert set(traces(district.log("xes", to="2026-03-02").content)) == {district.granted}
    assert set(traces(district.log("xes", by="market-head").content)) == {district.granted, district.overdue}
    assert district.log("xes", by="zhangsan").status_code == 403


def test_a_log_of_nothing_is_valid_and_says_so(district: District) -> None:
    """Given a period in which nothing was received, both logs are valid and empty; the name of the file and the page say that there are no cases."""
    nothing = {"from": "2026-01-01", "to": "2026-01-31"}
    answer = district.log("xes", **nothing)
    assert traces(answer.content) == {}
    assert 'filename="histories-2026-01-01-2026-01-31-0.xes"' in answer.headers["content-disposition"]
    log = objects_and_events(district.log("ocel", **nothing).content)
    assert (log["events"], log["objects"]) == ([], [])
    page = district.world.call("auditor", "GET", "/supervision/histories", params=nothing, headers={"Accept": "text/html"}).text
    assert "没有符合条件的办件" in page


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"from": "2026-03-31", "to": "2026-03-01"}, "截止日期不能早于起始日期"),
        ({"from": "March"}, "日期应写成"),
        ({"as_of": "noon"}, "时间应写成"),
        ({"department": "moon"}, "没有部门 moon"),
    ],
)
def test_what_cannot_be_asked_is_told(district: District, asked: dict[str, str], why: str) -> None:
    """Given a period, a moment or a department that cannot be, the answer says what is wrong."""
    answer = district.log("xes", **asked)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_who_took_a_log_is_on_record(district: District, caplog: pytest.LogCaptureFixture) -> None:
    """Given an auditor who takes a log, the log of the service says who took how much."""
    with caplog.at_level(logging.INFO, "services.supervision.pages.histories"):
        district.log("ocel")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "services.supervision.pages.histories"]
    assert "histories of 3 cases" in line
    assert line.endswith(f"taken as ocel by {district.world.subject('auditor')}")


def test_what_a_department_reported_and_what_was_in_dispute_is_there(world: World) -> None:
    """Given a case that a department's own system reported, and a disagreement about it, its log has the true times, the officers of the reports, and both."""
    world.advance("2026-03-06 09:00")
    case = reported(world, *way())[0]["case"]
    world.do("clerk1", "POST", f"/supervision/api/cases/{case}/disagreements", json={"matter": WORDS["reason"]})
    district = District(world, case, "", "", {})
    events, history = traces(district.log("xes").content)[case], district.history(case)
    assert [event["id"] for event in events] == [entry["event"] for entry in history]
    signed = [event for event in events if event["code"] == "stage-signed"]
    assert [(event["org:resource"], event["time:timestamp"][:16]) for event in signed] == [
        ("o-3", "2026-03-03T10:00"),
        ("o-2", "2026-03-04T10:00"),
        ("o-1", "2026-03-05T10:00"),
    ]
    assert {event["department"] for event in signed} == {"housing"}
    assert "disagreement-raised" in {event["code"] for event in events}
    assert len(objects_and_events(district.log("ocel").content)["events"]) == len(history)


def test_a_command_writes_the_same_log(run: CliRunner, tmp_path: Path, connection: dict[str, str]) -> None:
    """Given two cases, `onewindow export` writes what auditors download, with a bar; it overwrites only where it is told to, and leaves nothing half done."""
    with world_at(tmp_path, at("2026-03-02 09:00"), again=False, **connection) as world:
        cases = {world.accepted(), world.applied()["id"]}
        downloaded = world.call("auditor", "GET", "/supervision/api/histories", params={**MARCH, "format": "xes"}).content
    folder = tmp_path / "out"
    folder.mkdir()
    file = folder / "march.xes"

    def told(*options: str) -> Result:
        return run.invoke(application(), ["export", str(file), *options])

    period = ("--from", MARCH["from"], "--to", MARCH["to"])
    done = told("--format", "xes", *period)
    assert (done.exit_code, "2 件办件" in done.stdout, "导出中" in done.stderr) == (0, True, True), done.output
    assert file.read_bytes() == downloaded
    assert set(traces(downloaded)) == cases
    again = told("--format", "ocel")
    assert (again.exit_code, "--overwrite" in again.output) == (1, True)
    assert file.read_bytes() == downloaded
    assert told("--format", "ocel", "--overwrite").exit_code == 0
    assert len([one for one in objects_and_events(file.read_bytes())["objects"] if one["type"] == "办件"]) == 2
    empty = told("--format", "xes", "--overwrite", "--to", "2026-01-31")
    assert (empty.exit_code, "没有符合条件的办件" in empty.stdout) == (0, True)
    assert traces(file.read_bytes()) == {}
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--format", "csv"], "csv"),
        (["--format", "xes", "--from", "March"], "日期应写成"),
        (["--format", "xes", "--as-of", "noon"], "时刻应写成"),
        (["--format", "xes", "--from", "2026-03-31", "--to", "2026-03-01"], "截止日期不能早于起始日期"),
        (["--format", "xes", "--department", "moon"], "没有部门 moon"),
    ],
)
def test_a_command_that_cannot_be_writes_nothing(run: CliRunner, tmp_path: Path, options: list[str], why: str) -> None:
    """Given a format, a day, a moment or a department that cannot be, the command says why, and there is no file."""
    done = run.invoke(application(), ["export", str(tmp_path / "log"), *options])
    assert done.exit_code != 0
    assert why in done.output
    assert not (tmp_path / "log").exists()


def test_a_folder_that_is_not_there_is_told(run: CliRunner, tmp_path: Path) -> None:
    """Given a file in a folder that is not there, the command says that it cannot write it."""
    done = run.invoke(application(), ["export", str(tmp_path / "nowhere" / "log"), "--format", "xes"])
    assert (done.exit_code, "不能写入" in done.output) == (1, True)
