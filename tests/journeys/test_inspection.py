"""Every night the library of results is held against what was signed: what was altered behind our back is a red card in the morning (CER-07, SUP-R08)."""

from pathlib import Path

from services.certificates.inspection import INSPECTION, Inspection
from tests.world import World, at


def altered(world: World) -> list[str]:
    """Give the results of which supervision has a card."""
    return [row["detail"] for row in world.rows("supervision", "warnings") if row["rule"] == "SUP-R08"]


def test_the_library_is_inspected_every_night(world: World, tmp_path: Path) -> None:
    """Given two results, one file changed in the second night's dark and nobody who asks, the third night finds it, once; the other stays in force."""
    for _ in range(2):
        world.decided(world.accepted())
    for night in (3, 4):
        world.advance(f"2026-03-0{night} 02:00")
    assert altered(world) == []
    file, _ = sorted(path for path in (tmp_path / "files" / "certificates").rglob("*") if path.is_file())
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    world.advance("2026-03-05 01:59")
    assert altered(world) == []
    for night in (5, 6, 7):
        world.advance(f"2026-03-0{night} 02:00")
    (found,) = altered(world)
    (row,) = (row for row in world.rows("certificates", "results") if row["altered_on"])
    assert (found, str(row["altered_on"])) == (f"编号 {row['number']}", "2026-03-05")


def test_what_is_revoked_is_inspected_no_more(world: World) -> None:
    """Given two results, one of which was revoked, the night inspects the other, and the record says so."""
    for _ in range(2):
        world.decided(world.accepted())
    row, _ = world.rows("certificates", "results")
    world.do("market-leader", "POST", f"/certificates/api/results/{row['number']}/revoke", json={"reason": "申请人隐瞒有关情况。"})
    world.advance("2026-03-03 02:00")
    nights = [event for event in world.window.services["certificates"].events.get(INSPECTION) if isinstance(event, Inspection.Inspected)]
    assert [(night.number, night.altered, night.through) for night in nights] == [(1, (), None)]


def test_a_library_that_is_too_large_for_one_go_is_inspected_on() -> None:
    """Given more results than fit in one transaction, the inspection goes on at once after the last one, and begins anew in the following night."""
    night, later = at("2026-03-03 02:00"), at("2026-03-03 02:01")
    inspection = Inspection.begin_inspecting(at("2026-03-02 09:00"))
    assert inspection.next == night
    inspection.note(500, (), INSPECTION, night)
    assert (inspection.next, inspection.through) == (night, INSPECTION)
    inspection.note(7, ("N-1",), None, later)
    assert (inspection.next, inspection.through) == (at("2026-03-04 02:00"), None)
