"""Anybody checks a certificate by its number, its code or its file: authentic, altered, expired, revoked; the window hands it over (CER-03, CER-05, CER-07)."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pypdf import PdfReader

from tests.world import World

SAID = {"AUTHENTIC": "真实有效", "ALTERED": "已被改动", "EXPIRED": "已过有效期", "REVOKED": "已经撤销"}


def granted(world: World) -> dict[str, Any]:
    """Grant a case, and give the row of its certificate."""
    case = world.accepted()
    world.decided(case)
    return next(row for row in world.rows("certificates", "results") if str(row["case_id"]) == case)


def code_of(document: bytes) -> str:
    """Give what the code on a certificate says: its address stands among the keywords of the file."""
    metadata = PdfReader(io.BytesIO(document)).metadata
    assert metadata is not None
    return parse_qs(urlsplit(str(metadata["/Keywords"])).query)["token"][0]


def page(world: World, username: str | None, method: str, path: str, **options: Any) -> httpx.Response:
    """Call a page of certificates."""
    return world.call(username, method, f"/certificates{path}", headers={"Accept": "text/html"}, **options)


def found(world: World, number: str, document: bytes) -> set[str]:
    """Check by number, by code and by file, at the API and on the page, and give every status that was said."""
    token = code_of(document)
    file = {"file": ("证照.pdf", document)}
    answers = [world.call(None, "GET", "/certificates/api/check", params=asked) for asked in ({"number": number}, {"token": token})]
    answers += [world.call(None, "POST", "/certificates/api/check", files=file, data=asked) for asked in ({}, {"number": number})]
    said = {answer.json()["status"] for answer in answers}
    shown = [page(world, None, "GET", "/check", params=asked) for asked in ({"number": number}, {"token": token})]
    shown.append(page(world, "clerk1", "POST", "/check", files=file))
    for status, words in SAID.items():
        assert [words in answer.text.partition("aria-live")[2].partition("<form")[0] for answer in shown] == [status in said] * len(shown), status
    return said


def test_a_certificate_is_authentic_until_it_expires(world: World) -> None:
    """Given a certificate of five years, it is authentic through its last day and expired on the next, by number, code and file (CER-05)."""
    row = granted(world)
    document = world.call("zhangsan", "GET", f"/certificates/api/results/{row['number']}/document").content
    assert found(world, row["number"], document) == {"AUTHENTIC"}
    world.advance(f"{row['valid_until']} 23:59")
    assert found(world, row["number"], document) == {"AUTHENTIC"}
    world.advance(f"{row['valid_until'].replace(day=row['valid_until'].day + 1)} 00:00")
    assert found(world, row["number"], document) == {"EXPIRED"}


def test_a_revoked_certificate_is_said_to_be_revoked(world: World) -> None:
    """Given a leader of the department who revokes it with a reason, every check says so, and it is handed over no more (CER-05, CER-07)."""
    row = granted(world)
    path, number = f"/certificates/api/results/{row['number']}", row["number"]
    document = world.call("zhangsan", "GET", f"{path}/document").content
    assert world.call("health-leader", "POST", f"{path}/revoke", json={"reason": "越权"}).status_code in {403, 404}
    assert world.call("market-leader", "POST", f"{path}/revoke", json={"reason": " "}).status_code == 422
    assert found(world, number, document) == {"AUTHENTIC"}
    world.do("market-leader", "POST", f"{path}/revoke", json={"reason": "申请时隐瞒有关情况（示例）"})
    world.settle()
    assert found(world, number, document) == {"REVOKED"}
    late = page(world, "clerk1", "POST", f"/pickup/{number}", data={"receiver": "张三（示例）", "identity_shown": "身份证 002X"})
    assert late.status_code == 422
    assert "隐瞒" in page(world, "zhangsan", "GET", f"/results/{number}").text


def test_what_is_not_ours_is_told_apart(world: World) -> None:
    """Given a changed byte, a code that somebody made up, or a number without a certificate, the page says what is wrong (CER-05)."""
    row = granted(world)
    document = world.call("zhangsan", "GET", f"/certificates/api/results/{row['number']}/document").content
    altered = page(world, "clerk1", "POST", "/check", files={"file": ("证照.pdf", document[:-40] + b"X" + document[-39:])})
    assert SAID["ALTERED"] in altered.text
    token = code_of(document)
    for asked, why in (({"token": f"{token[:-6]}AAAAAA"}, "不是本系统签发"), ({"number": row["number"][:-1]}, "编号")):
        answer = page(world, None, "GET", "/check", params=asked)
        assert answer.status_code == 422
        assert why in answer.text
    assert "请选择证照的 PDF 文件" in page(world, "clerk1", "POST", "/check", files={"file": ("空.pdf", b"")}).text


@pytest.mark.parametrize("missing", ["receiver", "identity_shown"])
def test_the_window_hands_over_against_a_signature(world: World, missing: str) -> None:
    """Given who takes it and which paper was shown, the result leaves the list of the window; without one of both it stays (CER-03)."""
    row = granted(world)
    signed = {"receiver": "张三（示例）", "identity_shown": "身份证 002X"}
    assert row["number"] in page(world, "clerk1", "GET", "/pickup").text
    refused = page(world, "clerk1", "POST", f"/pickup/{row['number']}", data={**signed, missing: " "})
    assert (refused.status_code, f'id="{missing}-error"' in refused.text) == (422, True)
    done = page(world, "clerk1", "POST", f"/pickup/{row['number']}", data=signed, follow_redirects=True)
    assert f"{row['number']}</p>" in done.text
    assert world.do("clerk1", "GET", "/certificates/api/results/waiting")["items"] == []
    assert "张三（示例） 领取" in page(world, "clerk1", "GET", f"/pickup/{row['number']}").text
