"""The live stream resumes without a gap and without a double, whoever watched from when (SUP-22)."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from services.supervision.wall import FRESH_SECONDS
from tests.patience import PATIENCE
from tests.world import PERSON, World

LIVE = "/supervision/api/live"
Seen = list[tuple[int, dict[str, Any]]]


def watched(world: World, number: int, *, headers: Mapping[str, str] | None = None, query: str = "") -> Seen:
    """Watch until so many messages came, then lose the connection; give their ids and contents."""
    seen: Seen = []
    position = 0
    sent = {"Authorization": f"Bearer {world.token('supervisor1')}", **(headers or {})}
    with httpx.stream("GET", f"{world.address}{LIVE}{query}", headers=sent, timeout=PATIENCE) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                position = int(value)
            elif name == "data":
                seen.append((position, json.loads(value)))
                if len(seen) == number:
                    return seen
    raise AssertionError(seen)


def now_there(world: World) -> int:
    """Give the position of supervision's newest event: the catalogue has been published before."""
    return world.window.services["supervision"].recorder.max_notification_id() or 0


def test_a_lost_connection_costs_no_message(world: World) -> None:
    """Given a viewer who saw some messages and lost the connection, what happened meanwhile comes at the return, once and in order."""
    beginning = now_there(world)
    world.accepted()
    everything = watched(world, 3, query=f"?since={beginning}")
    first, rest = everything[0], everything[1:]
    resumed = watched(world, 2, headers={"Last-Event-ID": str(first[0])})
    assert resumed == rest
    case = world.accepted()
    later = watched(world, 1, headers={"Last-Event-ID": str(rest[-1][0])})
    assert later[0][0] > rest[-1][0]
    whole = watched(world, 6, query=f"?since={beginning}")
    assert [position for position, _ in whole] == sorted({position for position, _ in whole})
    assert whole[:3] == everything
    assert case in {message["case"] for _, message in whole}


def test_each_message_says_where_and_what(world: World) -> None:
    """Given an application that was received, the message names number, item, department and what happened, in Chinese, and no applicant."""
    beginning = now_there(world)
    receipt = world.applied()
    ((_, message),) = watched(world, 1, query=f"?since={beginning}")
    assert (message["number"], message["department"], message["level"]) == (receipt["number"], "market-regulation", "FACT")
    assert "收到" in message["sentence"]
    assert "张三" not in json.dumps(message, ensure_ascii=False)


def test_only_supervision_watches(world: World) -> None:
    """Given an officer or nobody, there is no stream."""
    assert world.call(None, "GET", LIVE).status_code == 401
    assert world.call("market-leader", "GET", LIVE).status_code == 403


def test_the_wall_shows_what_stands(world: World) -> None:
    """Given an overdue case, the wall counts it under its light and names its cards, and the page carries the same within itself."""
    case = world.accepted()
    world.advance("2026-03-20 09:00")
    shown = world.do("supervisor1", "GET", "/supervision/api/wall")
    assert [shown["totals"][light] for light in ("GREEN", "YELLOW", "RED")] == [0, 0, 1]
    assert shown["standing"]["RED"] >= 1
    assert (shown["warnings"][0]["case_id"], shown["warnings"][0]["level"]) == (case, "RED"), "the gravest first"
    page = world.call("supervisor1", "GET", "/supervision/wall", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert shown["warnings"][0]["id"] in page.text
    assert world.call("market-leader", "GET", "/supervision/api/wall").status_code == 403


def test_the_figures_of_the_wall_come_by_the_same_stream(world: World) -> None:
    """Given viewers of the wall, its figures come when something changed them, and say what the database says; others are sent none."""
    sent = {"Authorization": f"Bearer {world.token('supervisor1')}"}
    figures: list[Any] = []
    with httpx.stream("GET", f"{world.address}{LIVE}?since={now_there(world)}&figures=true", headers=sent, timeout=PATIENCE) as answer:
        event = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "figures":
                event = ""
                figures.append(json.loads(value))
                if figures[-1]["totals"]["received"] == 1:
                    break
                if len(figures) == 1:
                    world.applied()
                    world.settle()
    assert figures[0]["totals"]["received"] == 0
    assert figures[-1]["departments"][0]["department"] == "market-regulation"
    beginning = now_there(world)
    world.applied(key="another")
    assert all("totals" not in message for _, message in watched(world, 1, query=f"?since={beginning}"))


def test_the_wall_counts_what_came_to_each_window(world: World) -> None:
    """Given applications at two windows and one online, the wall counts what each window received, has in hand and past its limit, and names who sits there."""
    first, _waiting = (world.applied(username="clerk1", applicant=PERSON, key=f"a{number}")["id"] for number in range(2))
    second = world.applied(username="clerk2", applicant=PERSON, key="b")["id"]
    world.applied(key="online")
    for case in (first, second):
        world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()

    def windows() -> dict[str, dict[str, Any]]:
        return {one["window"]: one for one in world.do("supervisor1", "GET", "/supervision/api/wall")["windows"]}

    def counted(username: str, *names: str) -> tuple[int, ...]:
        return tuple(windows()[world.subject(username)][name] for name in names)

    world.advance("2026-03-02 10:00")
    assert set(windows()) == {world.subject("clerk1"), world.subject("clerk2")}
    assert windows()[world.subject("clerk1")]["name"] == world.window.parts.directory.name(world.subject("clerk1")) != world.subject("clerk1")
    assert counted("clerk1", "received", "accepted", "waiting", "in_hand", "finished") == (2, 1, 1, 2, 0)
    assert counted("clerk2", "received", "accepted", "waiting", "in_hand", "finished") == (1, 1, 0, 1, 0)
    world.decided(first)
    world.advance("2026-03-02 18:00")
    # Of one day, everybody is shown the same for a second.
    time.sleep(FRESH_SECONDS)
    assert counted("clerk1", "in_hand", "finished") == (1, 1)
    world.advance("2026-03-06 10:00")
    assert counted("clerk2", "received", "in_hand", "GREEN", "YELLOW", "RED") == (0, 1, 0, 1, 0), "today it received none"
    world.advance("2026-03-10 10:00")
    assert counted("clerk2", "in_hand", "GREEN", "YELLOW", "RED") == (1, 0, 0, 1)
