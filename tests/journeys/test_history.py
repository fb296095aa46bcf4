"""The history of a case leads to its papers: every material as it was handed in, letters, notices and the certificate (AUD-01)."""

from typing import Any

import pytest

from tests.world import PDF, World

FOOD = "food-operation-licence"


def papers(world: World, case: str, by: str) -> dict[str, list[str]]:
    """Give the addresses of the papers in a case's history, by their names."""
    found: dict[str, list[str]] = {}
    for entry in world.do(by, "GET", f"/supervision/api/cases/{case}/history"):
        for paper in entry["papers"]:
            found.setdefault(paper["name"], []).append(paper["address"])
    return found


def opened(world: World, by: str, address: str) -> Any:
    """Open a paper."""
    return world.call(by, "GET", address, headers={"Accept": "text/html, application/pdf"})


@pytest.fixture(name="case")
def _case(world: World) -> str:
    """A case that was corrected, stopped, extended and granted."""
    case: str = world.applied(FOOD)["id"]
    world.act("market-handler", f"/intake/api/applications/{case}/correction-notices", {"defects": {"floor-plan": "缺少操作流程。"}})
    upload = {"file": ("新.pdf", PDF + b"%new")}
    digest = world.do("zhangsan", "POST", "/intake/api/files", files=upload)["digest"]
    body = {"materials": [{"code": "floor-plan", "digest": digest, "filename": "新.pdf"}]}
    world.do("zhangsan", "POST", f"/intake/api/applications/{case}/corrections", json=body)
    world.act("market-handler", f"/intake/api/applications/{case}/accept")
    world.settle()
    stop = {"procedure": "INSPECTION", "expected_days": 2, "reason": "现场核查"}
    world.act("market-handler", f"/workflow/api/cases/{case}/stops", stop)
    world.act("market-leader", f"/workflow/api/cases/{case}/extension", {"days": 2, "reason": "案情复杂"})
    (lasting,) = world.do("market-handler", "GET", f"/workflow/api/cases/{case}")["stops"]
    world.act("market-handler", f"/workflow/api/cases/{case}/stops/{lasting['id']}/end", {"result": "合格"})
    world.settle()
    world.decided(case)
    return case


def test_every_paper_of_the_history_opens(world: World, case: str) -> None:
    """Given the history of a case, each of its papers opens for whoever supervises or handles it, and the page links to all of them."""
    for by in ("auditor", "supervisor1", "market-head"):
        found = papers(world, case, by)
        assert set(found) >= {"接件凭证", "补正通知书", "受理通知书", "特别程序告知书", "延期告知书", "食品经营许可证"}
        page = world.call(by, "GET", f"/supervision/cases/{case}", headers={"Accept": "text/html"}).text
        for name, addresses in found.items():
            for address in addresses:
                assert opened(world, by, address).status_code == 200, (by, name, address)
                assert f'href="{address}"' in page


def test_a_material_is_there_as_it_was_handed_in(world: World, case: str) -> None:
    """Given a material in whose place another came, the history has both; neither is for another applicant, and no digest opens another material."""
    floor_plans = [address for addresses in papers(world, case, "auditor").values() for address in addresses if "/materials/floor-plan" in address]
    first, second = floor_plans
    assert (opened(world, "auditor", first).content, opened(world, "auditor", second).content) == (PDF, PDF + b"%new")
    assert opened(world, "lisi", first).status_code == 404
    assert opened(world, "auditor", second.replace("/floor-plan", "/application-form")).status_code == 404
    assert opened(world, "auditor", f"{first[:-1]}g").status_code == 422, "no digest"
