"""The clock for everybody: the calculator page and `POST /intake/api/clock` give the worked examples of clock.md, and say in Chinese what cannot be."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.world import World, at, world_at

WORKED = [
    ({"start": "2026-02-09", "limit": 5, "as_of": "2026-02-09"}, "2026-02-14"),
    ({"start": "2026-02-09", "limit": 6, "as_of": "2026-02-09"}, "2026-02-24"),
    ({"start": "2026-02-09", "limit": 5, "as_of": "2026-02-14", "stop_from": "2026-02-11", "stop_to": "2026-02-13"}, "2026-02-25"),
    ({"start": "2026-09-30", "limit": 0, "as_of": "2026-09-30"}, "2026-09-30"),
    ({"start": "2026-10-01", "limit": 0, "as_of": "2026-10-01"}, "2026-10-08"),
    ({"start": "2026-12-28", "limit": 5, "as_of": "2026-12-28"}, "2027-01-05"),
]


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[World]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world:
        yield world


def page(world: World, **asked: Any) -> httpx.Response:
    """Ask the calculator page."""
    return world.call(None, "GET", "/intake/calculator", params=asked, headers={"Accept": "text/html"})


def errors_of(answer: httpx.Response) -> dict[str, str]:
    """Give what the page says is wrong, by field."""
    return dict(re.findall(r'id="(\w+)-error"><span[^>]*>错误：</span>([^<]*)<', answer.text))


@pytest.mark.parametrize(("asked", "due"), WORKED)
def test_the_worked_examples(world: World, asked: dict[str, Any], due: str) -> None:
    """Given an example of the specification, page and API give its day, and the explanation ends with it (CLK-02, CLK-03)."""
    shown = page(world, **asked)
    year, month, day = due.split("-")
    assert f"到期日：{year}年{int(month)}月{int(day)}日" in shown.text, shown.text
    question = {name: value for name, value in asked.items() if not name.startswith("stop_")} | {"explain": True}
    if "stop_from" in asked:
        question["stops"] = [{"from": asked["stop_from"], "to": asked["stop_to"]}]
    said = world.do(None, "POST", "/intake/api/clock", json=question)
    assert (said["due"], said["provisional"]) == (due, due.startswith("2027"))
    assert [one["day"] for one in said["explanation"]][-1:] == ([due] if due > asked["start"] else [])


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"limit": "²"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": ""}, "limit"),
        ({"start": ""}, "start"),
        ({"start": "2026-02-30"}, "start"),
        ({"start": "1900-01-01"}, "start"),
        ({"start": "2050-12-01", "limit": "900"}, "limit"),
        ({"stop_to": "2026-02-13"}, "stop_from"),
        ({"stop_from": "2026-02-13", "stop_to": "2026-02-11"}, "stop_to"),
        ({"extension_days": "5"}, "extension_on"),
        ({"extension_on": "2026-02-10"}, "extension_days"),
        ({"extension_on": "2026-02-01", "extension_days": "5"}, "extension_on"),
        ({"decided": "2026-02-01"}, "decided"),
        ({"as_of": "2026-02-01"}, "as_of"),
        ({"calendar": "cn-1900.1"}, "calendar"),
    ],
)
def test_a_question_without_an_answer(world: World, asked: dict[str, str], wrong: str) -> None:
    """Given what is no number, half of a fact, or facts that cannot be, the page says so at that field, in Chinese, and gives no day."""
    answer = page(world, **{"start": "2026-02-09", "limit": "5", **asked})
    assert answer.status_code == 422
    said = errors_of(answer)
    assert set(said) == {wrong}
    assert not said[wrong].isascii()
    assert "到期日" not in answer.text


def test_a_version_of_the_calendar_is_chosen(world: World) -> None:
    """Given the id of a version, page and API answer by it and name it (CLK-01)."""
    version = world.do(None, "GET", "/intake/api/calendar")["id"]
    assert version in page(world, start="2026-02-09", limit="5", calendar=version).text
    said = world.do(None, "POST", "/intake/api/clock", json={"start": "2026-02-09", "limit": 5, "as_of": "2026-02-09", "calendar": version})
    assert said["calendar"] == version


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"limit": -1}, "limit"),
        ({"decided": "2026-02-01"}, "decided"),
        ({"as_of": "2026-02-01"}, "as_of"),
        ({"stops": [{"from": "2026-02-12", "to": "2026-02-11"}]}, "stops"),
        ({"extensions": [{"on": "2026-02-10", "days": 0}]}, "extensions"),
        ({"limit": 0, "extensions": [{"on": "2026-02-10", "days": 1}]}, "extensions"),
        ({"calendar": "cn-1900.1"}, "calendar"),
        ({"start": "1900-01-01"}, "calendar"),
        ({"start": "2026-02-30"}, "body"),
        ({"surprise": 1}, "body"),
    ],
)
def test_a_question_to_the_api_without_an_answer(world: World, changes: dict[str, Any], wrong: str) -> None:
    """Given facts that cannot be, an unknown version or another shape, the problem names the fact and says why in Chinese."""
    answer = world.call(None, "POST", "/intake/api/clock", json={"start": "2026-02-09", "limit": 5, "as_of": "2026-02-09", **changes})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith(":clock-question-wrong")
    assert not problem["detail"].isascii()
    assert [one["field"] for one in problem["errors"]] == [wrong]


def test_no_json_and_too_much_of_it(world: World) -> None:
    """Given what is no JSON, nested without end, or larger than a document may be, the answer is a problem."""
    for content, status in ((b"{", 422), (b"\xff\xfe", 422), (b"[" * 100_000, 422), (b" " * (2 << 20), 413)):
        answer = world.call(None, "POST", "/intake/api/clock", content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
