"""Those who ask at once share an answer: each gets her own, a failure is met by those whom it concerns, and nobody is left waiting."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from services.chassis.storage.sharing import Sharing
from tests.patience import PATIENCE

ASKERS, QUESTIONS = 16, 2_000


class Answering:
    """Doubles numbers, some at a time, and does not like thirteens; waits where it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self.may_answer = Event()
        self.may_answer.set()
        self.is_at_it = Event()
        self._alone = Lock()

    def answer(self, questions: Sequence[int]) -> list[int | Exception]:
        """Answer, alone."""
        assert self._alone.acquire(blocking=False), "two lead at once"
        self.batches.append(questions)
        self.is_at_it.set()
        self.may_answer.wait(PATIENCE)
        self._alone.release()
        if 0 in questions:
            raise ZeroDivisionError
        return [ValueError(str(one)) if one % 13 == 0 else 2 * one for one in questions]


def test_everybody_gets_her_own_answer() -> None:
    """Given many who ask again and again, each is answered what she asked, no more than so many at once, and every question is answered once."""
    answering = Answering()
    sharing = Sharing(answering.answer, most=5)

    def asked(one: int) -> int | str:
        try:
            return sharing.ask(one)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(ASKERS) as askers:
        answers = list(askers.map(asked, range(1, QUESTIONS)))
    assert answers == [str(one) if one % 13 == 0 else 2 * one for one in range(1, QUESTIONS)]
    assert sorted(one for batch in answering.batches for one in batch) == list(range(1, QUESTIONS))
    assert max(len(batch) for batch in answering.batches) <= 5


def test_those_who_come_meanwhile_share_the_next_answer() -> None:
    """Given an answer that takes long, all who ask meanwhile are answered together; what fails for all of them is met by each, and the next ask in peace."""
    answering = Answering()
    sharing = Sharing(answering.answer)
    answering.may_answer.clear()
    with ThreadPoolExecutor(ASKERS) as askers:
        first = askers.submit(sharing.ask, 1)
        assert answering.is_at_it.wait(PATIENCE)
        meanwhile = [askers.submit(sharing.ask, one) for one in (0, 2, 3)]
        until = time.monotonic() + PATIENCE
        while len(sharing) < len(meanwhile):
            assert time.monotonic() < until, "not all have asked"
            time.sleep(0.001)
        answering.may_answer.set()
        assert first.result(PATIENCE) == 2
        for one in meanwhile:
            with pytest.raises(ZeroDivisionError):
                one.result(PATIENCE)
    assert [sorted(batch) for batch in answering.batches] == [[1], [0, 2, 3]]
    assert sharing.ask(4) == 8


def test_an_answer_too_few_keeps_nobody_waiting() -> None:
    """Given what answers one question less than it was asked, whoever asked meets an error, and the lead is free for the next."""
    sharing = Sharing[int, int](lambda questions: [] if 0 in questions else list(questions))
    with pytest.raises(ValueError, match="shorter"):
        sharing.ask(0)
    assert sharing.ask(4) == 4
