"""`onewindow clock` answers line by line, in order, errors included, at once (clock.md, From outside)."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

import pytest
import typer

from services.console.cli import application

ONEWINDOW = str(Path(sys.executable).with_name("onewindow"))
QUESTION: dict[str, Any] = {
    "id": "a",
    "start": "2026-02-09",
    "limit": 5,
    "stops": [{"from": "2026-02-11", "to": "2026-02-13", "kind": "EXPERT_REVIEW"}],
    "extensions": [],
    "decided": None,
    "as_of": "2026-02-26",
    "explain": False,
}


def asked(*lines: str) -> list[dict[str, Any]]:
    """Ask the command and give its answers."""
    done = subprocess.run([ONEWINDOW, "clock"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)  # noqa: S603
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_specified_example() -> None:
    """Given the example of the specification, every member is there with its value."""
    assert asked(json.dumps(QUESTION)) == [
        {
            "id": "a",
            "due": "2026-02-25",
            "used": 6,
            "left": -1,
            "state": "BREACHED",
            "light_from": "2026-02-24",
            "breached_at": "2026-02-26T00:00:00+08:00",
            "provisional": False,
            "calendar": "cn-2026.1",
        }
    ]


def test_the_explanation_comes_when_asked_for() -> None:
    """Given `explain`, each day has number, reason, label and whether it is provisional."""
    (said,) = asked(json.dumps({**QUESTION, "explain": True}))
    assert said["explanation"][2] == {"day": "2026-02-12", "counted": None, "reason": "stopped", "label": "EXPERT_REVIEW", "provisional": False}
    assert [one["counted"] for one in said["explanation"] if one["counted"]] == [1, 2, 3, 4, 5]


def test_errors_are_lines_and_never_stop_it() -> None:
    """Given wrong lines among right ones, each is answered in its place, with the id where it can be read."""
    said = asked(
        json.dumps(QUESTION),
        "{no json",
        json.dumps({**QUESTION, "id": 7, "limit": -1}),
        json.dumps({**QUESTION, "id": "u", "colour": "red"}),
        json.dumps({**QUESTION, "id": "d", "start": "2026-02-30"}),
        json.dumps({**QUESTION, "id": "c", "calendar": "cn-1900"}),
        json.dumps({**QUESTION, "id": "b", "limit": True}),
        json.dumps({**QUESTION, "id": "x", "start": "2050-12-30", "stops": [], "limit": 300, "as_of": "2050-12-30"}),
        "[1]",
        json.dumps({**QUESTION, "id": "z"}),
    )
    assert [one["id"] for one in said] == ["a", None, 7, "u", "d", "c", "b", "x", None, "z"]
    assert ["error" in one for one in said] == [False, True, True, True, True, True, True, True, True, False]
    assert said[2]["error"].startswith("limit")
    assert "cn-2026.1" in said[5]["error"]


def test_whoever_waits_at_an_open_pipe_is_answered_at_once() -> None:
    """Given a pipe that stays open, the answer to a line comes before the next line is sent."""
    with subprocess.Popen([ONEWINDOW, "clock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        questions: IO[str] = process.stdin  # type: ignore[assignment]
        answers: IO[str] = process.stdout  # type: ignore[assignment]
        for number in range(3):
            questions.write(json.dumps({**QUESTION, "id": number}) + "\n")
            questions.flush()
            assert json.loads(answers.readline())["id"] == number
        questions.close()


def test_every_line_has_its_answer_in_its_place() -> None:
    """Given an empty line, other line ends, a bottomless nesting and a last line without an end, the n-th answer is that of the n-th line."""
    question = json.dumps({**QUESTION, "explain": True})
    lines = [question, "", question + "\r", '{"id": "deep", "x": ' + "[" * 50_000 + "]" * 50_000 + "}", question]
    done = subprocess.run([ONEWINDOW, "clock"], input="\n".join(lines), capture_output=True, text=True, check=True)  # noqa: S603
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in one for one in said] == [False, True, False, True, False]
    assert said[0] == said[2] == said[4]


def test_more_than_one_read_is_answered_in_order() -> None:
    """Given far more lines than one read takes, cut anywhere, all are answered in order."""
    said = asked(*(json.dumps({**QUESTION, "id": f"{number}{'x' * (number % 91)}"}) for number in range(3_000)))
    assert [one["id"].rstrip("x") for one in said] == [str(number) for number in range(3_000)]
    assert {one["due"] for one in said} == {"2026-02-25"}


def test_a_reader_that_leaves_is_no_error() -> None:
    """Given a reader that closes the pipe after one line, the command ends quietly."""
    with subprocess.Popen([ONEWINDOW, "clock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        pipes: tuple[IO[str], IO[str], IO[str]] = (process.stdin, process.stdout, process.stderr)  # type: ignore[assignment]
        questions, answers, complaints = pipes
        questions.write(json.dumps(QUESTION) + "\n")
        questions.flush()
        answers.readline()
        answers.close()
        questions.write(json.dumps(QUESTION) + "\n")
        questions.close()
        assert complaints.read() == ""
        assert process.wait() == 0


def test_twenty_thousand_stops_are_answered_without_delay() -> None:
    """Given more stops than any case has, the answer still comes: the work grows with the facts, not with their square."""
    first = date(2026, 1, 1)
    stops = [{"from": str(first + timedelta(days=number % 3_000)), "to": str(first + timedelta(days=number % 3_000 + 1))} for number in range(20_000)]
    (said,) = asked(json.dumps({**QUESTION, "stops": stops, "as_of": "2036-01-01"}))
    # All days through Monday 20 March 2034 are taken out; 21 to 24 March are 1 to 4, Monday the 27th is 5.
    assert (said["due"], said["light_from"]) == ("2034-03-27", "2034-03-24")


@pytest.mark.slow
def test_the_manual_names_every_command() -> None:
    """Given `--help`, every command stands there with what it is for, told to the end; the light ones too, although they run without loading the others."""
    shown = subprocess.run([ONEWINDOW, "--help"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    known = re.findall(r"^\W*([a-z]+) +\S", shown.partition("Commands")[2], re.MULTILINE)
    registered = typer.main.get_command(application())
    assert sorted(known) == sorted(registered.commands)  # type: ignore[attr-defined]
    assert "…" not in shown
    assert {"clock", "calendar", "run", "replay", "demo", "certificate", "account"} <= set(known)
