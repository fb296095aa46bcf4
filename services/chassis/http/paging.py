"""Lists by cursor: the next page begins after the last row seen, so that its cost does not grow with the pages before it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Column, ColumnElement, Select, literal, tuple_

from services.chassis.problems import Problem
from services.chassis.storage.database import Database
from services.chassis.storage.rows import Row, rows_of

T = TypeVar("T")
PAGE = 50
MOST = 200
Orders = Mapping[str, tuple[Column[Any], ...]]
"""How a list may be sorted, by name: columns that are never null, of which the last ones tell any two rows apart.

The first is how it is sorted where nobody asks; a "-" before a name begins with the last, and may stand before any.
"""
Sort = Annotated[str, Query(max_length=20, description="排序：所列名称之一，前面加 - 为倒序")]


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the one after it, none at the end."""

    items: list[T]
    next: str | None = None


def to_cursor(*values: Any) -> str:  # noqa: ANN401 - whatever the list is sorted by
    """Give the cursor after a row with these sort values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def paged(database: Database, query: Select[Any], orders: Orders, sort: str = "", cursor: str = "") -> tuple[list[Row], str | None]:
    """Give a page of a query's rows, and the cursor of the next one; raise a problem where the list is not sorted so, or the cursor is of another list."""
    chosen = sort or next(iter(orders))
    columns = {name.removeprefix("-"): columns for name, columns in orders.items()}.get(chosen.removeprefix("-"))
    if columns is None:
        known = "、".join(name.removeprefix("-") for name in orders)
        raise Problem(400, "sort-wrong", "不能这样排序", f"这个列表可以按 {known} 排序，前面加 - 为倒序。")
    descending = chosen.startswith("-")
    if cursor:
        was, *values = from_cursor(cursor, str, *(column.type.python_type for column in columns))
        if was != chosen:
            raise _no_cursor()
        query = query.where(after(columns, tuple(values), descending=descending))
    query = query.order_by(*(column.desc() if descending else column for column in columns)).limit(PAGE + 1)
    rows = rows_of(database, query)
    if len(rows) <= PAGE:
        return rows, None
    return rows[:PAGE], to_cursor(chosen, *(rows[PAGE - 1][column.name] for column in columns))


def from_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """Read a cursor; raise a problem where it is none of this list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return tuple(msgspec.json.decode(raw, type=tuple[types]))  # type: ignore[valid-type]
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise _no_cursor() from error


def _no_cursor() -> Problem:
    return Problem(400, "cursor-wrong", "翻页位置不正确", "请从第一页重新打开列表。")


def after(columns: tuple[ColumnElement[Any], ...], values: tuple[Any, ...], *, descending: bool = False) -> ColumnElement[bool]:
    """Give the condition for the rows after these values, in the order of these columns."""
    row = tuple_(*columns)
    last = tuple_(*(literal(value, column.type) for column, value in zip(columns, values, strict=True)))
    return row < last if descending else row > last
