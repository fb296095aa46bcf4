"""Numbers that people read out to each other: a series, a running number, and a check character against slips (ISO 7064, MOD 37,36)."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.chassis.database import Database

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE = len(_CHARACTERS)


def next_number(database: Database, series: str) -> str:
    """Draw the next number of a series, such as `20261123-000041-K`. A draw whose command fails leaves a gap; none comes twice."""
    numbers = database.table("numbers")
    insert: Any = (sqlite_insert if database.engine.dialect.name == "sqlite" else postgresql_insert)(numbers)
    draw = insert.values(series=series, last=1).on_conflict_do_update(index_elements=["series"], set_={"last": numbers.c.last + 1}).returning(numbers.c.last)
    with database.engine.begin() as connection:
        running = connection.execute(draw).scalar_one()
    body = f"{series}-{running:06d}"
    return f"{body}-{check_character(body)}"


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
