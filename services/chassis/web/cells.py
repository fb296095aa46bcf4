"""A row of a list names the column in each of its cells, so that a narrow screen can show the row as a card and cut nothing off."""

import re
from collections.abc import Iterable, Mapping
from itertools import chain, repeat

from markupsafe import Markup, escape

_CELL = re.compile(r"<t[dh](?=[\s>])")


def labelled(cells: Markup, columns: Iterable[str | Mapping[str, object]]) -> Markup:
    """Give the cells of a row, each with the name of its column."""
    names = chain((column if isinstance(column, str) else column["label"] for column in columns), repeat(""))
    return Markup(_CELL.sub(lambda cell: f'{cell[0]} data-label="{escape(next(names))}"', cells))  # noqa: S704 - the cells are markup already, the names are escaped
