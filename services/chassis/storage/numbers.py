"""Numbers that people read out to each other: a series, a running number, and a check character against slips (ISO 7064, MOD 37,36)."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.chassis.storage.database import Database
from services.chassis.storage.sharing import Sharing
from services.chassis.storage.statements import NO_WAIT_FOR_THE_DISK

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE = len(_CHARACTERS)
_NUMBER = re.compile(r"\b([A-Z]+\d{4,8})-(\d{6,})-[0-9A-Z]\b")


class Numbers:
    """The numbers of one service."""

    def __init__(self, database: Database) -> None:
        numbers = database.table("numbers")
        insert: Any = (sqlite_insert if database.engine.dialect.name == "sqlite" else postgresql_insert)(numbers)
        drawn = {"last": numbers.c.last + insert.excluded.last}
        self._statement = insert.on_conflict_do_update(index_elements=["series"], set_=drawn).returning(numbers.c.last)
        if database.engine.dialect.name == "postgresql":
            # Not waited for until it is on the disk: what is stored with a number comes later in the same log, and takes its draw with it.
            self._statement = self._statement.returning(NO_WAIT_FOR_THE_DISK)
        self._engine = database.reading
        self._draws = Sharing(self._draw_for_all)

    def draw(self, series: str) -> str:
        """Draw the next number of a series, such as `20261123-000041-K`. A draw whose command fails leaves a gap; none comes twice."""
        body = f"{series}-{self._draws.ask(series):06d}"
        return f"{body}-{check_character(body)}"

    def _draw_for_all(self, wanted: Sequence[str]) -> list[int | Exception]:
        drawn: dict[str, list[int | Exception]] = {}
        for series, times in Counter(wanted).items():
            try:
                with self._engine.connect() as connection:
                    last = connection.execute(self._statement, {"series": series, "last": times}).scalar_one()
            except Exception as error:  # noqa: BLE001 - handed to whoever waits
                drawn[series] = [error] * times
            else:
                drawn[series] = list(range(last - times + 1, last + 1))
        return [drawn[series].pop(0) for series in wanted]


def numbers_in(words: str) -> dict[str, int]:
    """Give the highest running number of each series that stands in some words."""
    found: dict[str, int] = {}
    for number in _NUMBER.finditer(words):
        if is_sound(number[0]):
            found[number[1]] = max(found.get(number[1], 0), int(number[2]))
    return found


def skip_numbers(database: Database, given: Mapping[str, int]) -> None:
    """Let no series draw a number again that is known to be given: a restored backup does not know of it."""
    if not given:
        return
    numbers = database.table("numbers")
    insert: Any = (sqlite_insert if database.engine.dialect.name == "sqlite" else postgresql_insert)(numbers)
    lift = insert.on_conflict_do_update(index_elements=["series"], set_={"last": insert.excluded.last}, where=numbers.c.last < insert.excluded.last)
    with database.engine.begin() as connection:
        connection.execute(lift, [{"series": series, "last": last} for series, last in given.items()])


def check_character(body: str) -> str:
    """Give the check character of letters and digits; everything else in between does not count."""
    product = _BASE
    for character in body.upper():
        if character in _CHARACTERS:
            total = (product + _CHARACTERS.index(character)) % _BASE or _BASE
            product = total * 2 % (_BASE + 1)
    return _CHARACTERS[(_BASE + 1 - product) % _BASE]


def is_sound(number: str) -> bool:
    """Say whether a number was typed in without a slip."""
    body, _, check = number.strip().upper().rpartition("-")
    return bool(body) and check == check_character(body)
