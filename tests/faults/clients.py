"""Applicants and officers who work while parts fail: whoever gets no answer asks again, and whatever is answered stands in the ledger."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from uuid import uuid4

import httpx

from tests.faults.ledger import Ledger
from tests.world import Caller

ITEM = "food-operation-licence"
STAGES = {"handle": "market-handler", "review": "market-head", "approve": "market-leader"}
PAUSE = 0.1
LONGEST_WAIT = 60.0


class GaveUp(Exception):  # noqa: N818 - said of the client
    """Nobody answered, and there was nothing more to wait for."""


class Clients:
    """Whoever applies, and the officers of the market department."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.ledger = Ledger()
        self.problem = ""
        """What the last try that failed was told."""
        self._applicant = ""

    def apply(self, key: str) -> str:
        """Apply online, and give the id of what was acknowledged."""
        if not self._applicant:
            applicant = self._caller.registered()
            self._form, self._materials = self._caller.form(ITEM), self._caller.materials(ITEM, self._caller.handed_in())
            self._applicant = applicant
        body = {"item": ITEM, "applicant": self._applicant, "form": self._form, "materials": self._materials}
        application: str = self._caller.do("zhangsan", "POST", "/intake/api/applications", json=body, headers={"Idempotency-Key": key})["id"]
        self.ledger.applications.add(application)
        return application

    def accept(self, application: str) -> str:
        """Accept an application that is not accepted yet, and give its id."""
        path = f"/intake/api/applications/{application}"
        seen = self._caller.do("market-handler", "GET", path)
        if seen["state"] != "ACCEPTED":
            self._caller.do("market-handler", "POST", f"{path}/accept", json={}, headers={"If-Match": f'"{seen["version"]}"'})
        self.ledger.accepted.add(application)
        return application

    def decide(self, case: str) -> str:
        """Sign what is open of a case until it is decided, and give its id."""
        path = f"/workflow/api/cases/{case}"
        seen = self._caller.do("market-handler", "GET", path)
        while seen["state"] != "DECIDED":
            stage = seen["open"][0]["stage"]
            body = {"opinion": "材料齐全，建议准予。", "approves": True, "grounds": "《中华人民共和国食品安全法》第三十五条", "reasons": ""}
            headers = {"If-Match": f'"{seen["version"]}"'}
            seen = self._caller.do(STAGES[stage], "POST", f"{path}/stages/{stage}/sign", json=body, headers=headers)
        self.ledger.decided.add(case)
        return case

    def until_answered(self, act: Callable[[], str], given_up: Callable[[], bool]) -> str:
        """Try until it is answered; raise `GaveUp`."""
        while True:
            try:
                return act()
            except (httpx.HTTPError, AssertionError) as error:
                self.problem = str(error)
            if given_up():
                self.ledger.given_up += 1
                raise GaveUp(self.problem)
            threading.Event().wait(PAUSE)

    @contextmanager
    def working(self, pause: float = PAUSE, *, decides: bool = True) -> Iterator[None]:
        """Let applications come in meanwhile, with a pause after each; each is accepted, and every third decided.

        What is under way at the end is brought to its end.
        """
        enough, failed = threading.Event(), threading.Event()
        with ThreadPoolExecutor(2) as pool:
            desk: SimpleQueue[str] = SimpleQueue()
            threads = [pool.submit(self._apply_on, desk, pause, enough, failed), pool.submit(self._work_off, desk, enough, failed, decides=decides)]
            try:
                yield
            except BaseException:
                failed.set()
                raise
            finally:
                enough.set()
                _join(threads, failed)
        for thread in threads:
            thread.result()

    def _apply_on(self, desk: "SimpleQueue[str]", pause: float, enough: threading.Event, failed: threading.Event) -> None:
        series = uuid4()
        for number in itertools.count():
            key = f"{series}-{number}"
            desk.put(self.until_answered(lambda key=key: self.apply(key), failed.is_set))  # type: ignore[misc]
            if enough.wait(pause):
                return

    def _work_off(self, desk: "SimpleQueue[str]", enough: threading.Event, failed: threading.Event, *, decides: bool) -> None:
        for number in itertools.count():
            while not enough.is_set():
                try:
                    application = desk.get(timeout=PAUSE)
                    break
                except Empty:
                    continue
            else:
                return
            self.until_answered(lambda one=application: self.accept(one), failed.is_set)  # type: ignore[misc]
            if decides and number % 3 == 0:
                self.until_answered(lambda one=application: self.decide(one), failed.is_set)  # type: ignore[misc]


def _join(threads: list[Future[None]], failed: threading.Event) -> None:
    for thread in threads:
        try:
            thread.exception(LONGEST_WAIT)
        except TimeoutError:
            # What is unanswered by now stays so: liveness is lost, and the test says with what.
            failed.set()
