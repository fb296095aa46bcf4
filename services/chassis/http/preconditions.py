"""Nobody overwrites what somebody else has just changed: the version goes out as ETag and must come back as If-Match."""

import re
from typing import Annotated

from fastapi import Depends, Header

from services.chassis.problems import Problem

_ETAG = re.compile(r'"(\d{1,9})"')
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def etag(version: int) -> str:
    """Give the ETag of a version."""
    return f'"{version}"'


async def _if_match(if_match: Annotated[str | None, Header(description="the ETag of what you saw")] = None) -> int:
    if if_match is None:
        raise Problem(428, "if-match-missing", "缺少版本号", "请带上 If-Match，说明您看到的是哪个版本。")
    if (match := _ETAG.fullmatch(if_match.strip())) is None:
        raise Problem(400, "if-match-wrong", "版本号不正确", "If-Match 应为先前收到的 ETag。")
    return int(match[1])


SeenVersion = Annotated[int, Depends(_if_match)]
"""The version that the caller saw, from If-Match."""


def version(text: str) -> int:
    """Read the version that a form brings; one that was tampered with fits nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004


class Stale(Problem):
    """Somebody else changed it since the caller looked."""

    def __init__(self) -> None:
        super().__init__(412, "stale", "内容已更新", "您打开页面之后，已有其他人办理，请刷新后再操作。")


def require(seen: int, version: int) -> None:
    """Refuse where the caller saw another version than the one there is."""
    if seen != version:
        raise Stale


async def _idempotency_key(idempotency_key: Annotated[str | None, Header(description="the same key brings the same answer")] = None) -> str | None:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Problem(400, "idempotency-key-wrong", "幂等键不正确", "Idempotency-Key 为 1 至 128 个可见字符。")
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
"""The caller's name for this request: a repetition gets the answer of the first (APP-07)."""
