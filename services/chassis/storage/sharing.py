"""Those who ask while an answer is under way share the next one: many questions cost one statement, many writes one commit."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar, cast

Q = TypeVar("Q")
A = TypeVar("A")


class _Asked(Generic[Q, A]):
    """A question and what came of it. Whoever asked it waits for its `turn`, either to take the answer or to lead."""

    __slots__ = ("answer", "is_answered", "question", "turn")

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answer: A | BaseException | None = None
        self.is_answered = False
        self.turn = Lock()
        self.turn.acquire()


class Sharing(Generic[Q, A]):
    """Answers the questions of many threads, at most so many at once.

    Whoever asks when nobody leads leads: she has all who wait answered, herself among them, and hands the lead on to the first who came meanwhile.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Sequence[A | Exception]], most: int = 500) -> None:
        """Take what answers: for each question its answer, or the error that whoever asked it is to meet."""
        self._answer = answer
        self._most = most
        self._waiting: list[_Asked[Q, A]] = []
        self._is_led = False
        self._changing = Lock()

    def __len__(self) -> int:
        """Give how many wait for the next answer."""
        return len(self._waiting)

    def ask(self, question: Q) -> A:
        """Give the answer; raise what came in its place."""
        asked = _Asked[Q, A](question)
        with self._changing:
            self._waiting.append(asked)
            leads, self._is_led = not self._is_led, True
        if not leads:
            asked.turn.acquire()
        if not asked.is_answered:
            self._lead()
        if isinstance(asked.answer, BaseException):
            raise asked.answer
        return cast("A", asked.answer)

    def _lead(self) -> None:
        with self._changing:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        answered: list[tuple[_Asked[Q, A], A | BaseException]]
        try:
            answered = list(zip(batch, self._answer([one.question for one in batch]), strict=True))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            answered = [(one, error) for one in batch]
        for one, answer in answered:
            one.answer, one.is_answered = answer, True
            one.turn.release()
        with self._changing:
            self._is_led = bool(self._waiting)
            following = self._waiting[0] if self._waiting else None
        if following is not None:
            following.turn.release()
