"""Lists by cursor: the next page begins after the last row seen, so that its cost does not grow with the pages before it."""

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel
from sqlalchemy import ColumnElement, literal, tuple_

from services.chassis.problems import Problem

T = TypeVar("T")
PAGE = 50
MOST = 200


class Page(BaseModel, Generic[T]):
    """A page of a list; `next` is the cursor of the one after it, none at the end."""

    items: list[T]
    next: str | None = None


def to_cursor(*values: Any) -> str:  # noqa: ANN401 - whatever the list is sorted by
    """Give the cursor after a row with these sort values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def from_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """Read a cursor; raise a problem where it is none of this list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return tuple(msgspec.json.decode(raw, type=tuple[types]))  # type: ignore[valid-type]
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise Problem(400, "cursor-wrong", "翻页位置不正确", "请从第一页重新打开列表。") from error


def after(columns: tuple[ColumnElement[Any], ...], values: tuple[Any, ...], *, descending: bool = False) -> ColumnElement[bool]:
    """Give the condition for the rows after these values, in the order of these columns."""
    row = tuple_(*columns)
    last = tuple_(*(literal(value, column.type) for column, value in zip(columns, values, strict=True)))
    return row < last if descending else row > last
