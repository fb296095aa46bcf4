"""好差评: the applicant marks each stage once, when it is over; low marks are followed up by the department and closed by supervision (SUP-25)."""

from typing import Any

from tests.world import World

PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}


def marked(world: World, application: str, stage: str, level: int, *, by: str = "zhangsan", tags: tuple[str, ...] = ()) -> Any:
    """Mark a stage."""
    answer = world.call(by, "POST", f"/intake/api/applications/{application}/reviews", json={"stage": stage, "level": level, "tags": list(tags)})
    world.settle()
    return answer


def test_each_stage_is_marked_once_when_it_is_over(world: World) -> None:
    """Given an application, only what is over can be marked, once, by the applicant alone, from one to five."""
    application = world.applied()["id"]
    assert marked(world, application, "RESULT", 5).status_code == 409, "there is none yet"
    assert marked(world, application, "RECEPTION", 5).status_code == 201
    assert marked(world, application, "RECEPTION", 1).status_code == 409, "once"
    assert marked(world, application, "ACCEPTANCE", 4).status_code == 409
    world.act("market-handler", f"/intake/api/applications/{application}/accept")
    world.settle()
    assert marked(world, application, "ACCEPTANCE", 6).status_code == 422
    assert marked(world, application, "ACCEPTANCE", 4, by="lisi").status_code == 404
    assert marked(world, application, "ACCEPTANCE", 4).status_code == 201
    world.decided(application)
    assert marked(world, application, "RESULT", 3, tags=("SPEED",)).status_code == 201
    (row,) = world.do("supervisor1", "GET", "/supervision/api/satisfaction", params=PERIOD)
    assert (row["department"], row["number"], row["mean"]) == ("market-regulation", 3, 4.0)
    assert round(row["share"], 3) == 0.667


def test_a_low_mark_is_answered_by_the_department_and_closed_by_supervision(world: World) -> None:
    """Given a mark of one, it waits on the list; another department cannot see it, the own answers it, and only then a supervisor closes it."""

    def page(username: str, method: str, path: str, **options: Any) -> Any:
        return world.call(username, method, path, headers={"Accept": "text/html"}, follow_redirects=False, **options)

    application = world.accepted()
    assert marked(world, application, "ACCEPTANCE", 1, tags=("ATTITUDE", "WAITING")).status_code == 201
    (row,) = world.rows("supervision", "reviews")
    address = f"/supervision/reviews/{row['evidence']}"
    assert row["evidence"] in page("supervisor1", "GET", "/supervision/reviews").text
    assert page("health-head", "GET", address).status_code == 404
    assert page("supervisor1", "POST", address, data={"result": "已回访"}).status_code == 409, "not before the answer"
    assert page("market-head", "POST", address, data={"answer": " "}).status_code == 422
    assert page("market-head", "POST", address, data={"answer": "已向申请人致歉，调整窗口人手。"}).status_code == 303
    assert page("supervisor1", "POST", address, data={"result": "申请人表示认可。"}).status_code == 303
    assert "没有差评" in page("supervisor1", "GET", "/supervision/reviews").text
    assert "服务态度" in page("supervisor1", "GET", address).text


def test_the_applicant_marks_from_the_page(world: World) -> None:
    """Given the page of an application, the form marks a stage; without a choice the mistake is shown, and the history tells the mark."""
    application = world.accepted()

    def sent(**fields: str) -> int:
        status: int = world.call("zhangsan", "POST", f"/intake/applications/{application}/reviews", data=fields, follow_redirects=False).status_code
        return status

    assert "好差评" in world.call("zhangsan", "GET", f"/intake/applications/{application}", headers={"Accept": "text/html"}).text
    assert sent(stage="RECEPTION") == 422
    assert sent(stage="", level="5") == 422
    assert sent(stage="RECEPTION", level="5") == 303
    world.settle()
    history = world.do("supervisor1", "GET", f"/supervision/api/cases/{application}/history")
    assert [entry["sentence"] for entry in history if entry["name"] == "review-given"] == ["申请人评价「收件」：非常满意"]
