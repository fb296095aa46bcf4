"""One request's trace goes with everything that it causes, in every service, over whatever bus; the log tells of a case by it."""

import logging

import pytest

from services.chassis.service import Service
from services.kernel.actor import Role
from tests.journeys.department import SYSTEM, way
from tests.journeys.doors import admitted, jws, put
from tests.world import World, at

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def traces(service: Service) -> dict[str, list[str]]:
    """Give the traces of all events of a service, by the case that they are about."""
    found: dict[str, list[str]] = {}
    for notification in service.recorder.select_notifications(None, 10_000):
        event = service.mapper.to_domain_event(notification)
        found.setdefault(str(service.subject(event)), []).append(event.trace)  # type: ignore[attr-defined]
    return found


def topics(service: Service, trace: str) -> set[str]:
    """Give what a service recorded under a trace."""
    events = (service.mapper.to_domain_event(one) for one in service.recorder.select_notifications(None, 10_000))
    return {event.TOPIC for event in events if event.trace == trace}  # type: ignore[attr-defined]


def test_what_a_request_causes_in_other_services_has_its_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Given an acceptance with a trace of the caller's, the events that it causes in four services carry it, and so do their lines of the log."""
    case = world.applied()["id"]
    version = world.do("market-handler", "GET", f"/intake/api/applications/{case}")["version"]
    headers = {"If-Match": f'"{version}"', "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    with caplog.at_level(logging.INFO, "services"):
        world.do("market-handler", "POST", f"/intake/api/applications/{case}/accept", json={}, headers=headers)
        world.settle()
    reached = {name for name, service in world.window.services.items() if TRACE in traces(service).get(case, [])}
    assert reached == {"intake", "workflow", "supervision", "notification"}
    lines = [record for record in caplog.records if getattr(record, "case", None) == case and getattr(record, "trace", None) == TRACE]
    assert {record.getMessage().split()[0] for record in lines} == reached
    assert any(record.getMessage() == "intake recorded intake.Application.Accepted" for record in lines)


def test_what_a_decision_causes_has_its_trace_to_the_end(world: World) -> None:
    """Given a deciding signature with a trace of the caller's, its result, though a timer makes it, and what others record of that carry it."""
    case = world.accepted()
    world.signed(case, "handle", "market-handler")
    world.signed(case, "review", "market-head")
    before = {name: len(traces(service).get(case, [])) for name, service in world.window.services.items()}
    version = world.do("market-leader", "GET", f"/workflow/api/cases/{case}")["version"]
    body = {"opinion": "材料齐全，建议准予。", "approves": True, "grounds": "《中华人民共和国食品安全法》第三十五条", "reasons": ""}
    headers = {"If-Match": f'"{version}"', "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    world.do("market-leader", "POST", f"/workflow/api/cases/{case}/stages/approve/sign", json=body, headers=headers)
    world.settle()
    assert {f"certificates.Result.{one}" for one in ("Ordered", "Issued", "PickupNoticeIssued")} <= topics(world.window.services["certificates"], TRACE)
    recorded = {name: set(traces(service)[case][before[name] :]) for name, service in world.window.services.items()}
    assert recorded == {name: {TRACE} for name in recorded}
    told = {row["template"] for row in world.rows("notification", "messages") if str(row["case_id"]) == case}
    assert "pickup-notice-issued" in told


def test_two_requests_have_two_traces(world: World) -> None:
    """Given two applications, nothing of one has the trace of the other, though they are heard in one batch; each event has one."""
    first, second = world.applied(key="one")["id"], world.applied(key="two")["id"]
    of_first, of_second = ({trace for service in world.window.services.values() for trace in traces(service).get(case, [])} for case in (first, second))
    assert of_first
    assert of_second
    assert not of_first & of_second
    assert "-" not in of_first | of_second


def test_a_report_that_comes_in_at_a_door_begins_a_trace(world: World) -> None:
    """Given a report over the bus, what supervision makes of it has the trace under which the door took it."""
    private = admitted(world, SYSTEM, Role.DEPARTMENT)
    world.now.advance_to(at("2026-03-02 16:00"))
    put(world, "departments", jws(SYSTEM, private, way()[0]))
    (case,) = [str(row["id"]) for row in world.rows("intake", "department_cases")]
    taken = set(traces(world.window.services["intake"])[case])
    assert taken == set(traces(world.window.services["supervision"])[case])
    assert len(taken) == 1
    assert "-" not in taken
