"""The flow of events is counted by lane, minute and type, each event once however often it comes; each worker shows the lanes that it has."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts import envelope as wire
from contracts.envelope import lane_of
from services.supervision.stream import Flow, count_batch, flow_of
from tests.services.chassis_sample import BookLent

NOON = datetime(2026, 3, 2, 4, 0, 30, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
KIND = "gov.onewindow.sample.book-lent.v1"


def said(case: UUID, position: int, moment: datetime = NOON) -> bytes:
    """Give an event as it is on the bus."""
    event = BookLent(title="红楼梦", reader="r")
    return wire.to_bytes(wire.wrap(event, service="lender", subject=case, position=position, happened=moment, recorded=moment, actor="r"))


def test_events_are_counted_by_lane_minute_and_type() -> None:
    """Given events of two lanes and two minutes, and rubbish, each lane and minute has its count."""
    flow: Flow = {}
    count_batch(flow, [said(ONE, 1), said(OTHER, 2), b"{not json", said(ONE, 3), said(ONE, 4, NOON + timedelta(minutes=1))])
    assert flow_of(flow, {lane_of(ONE), lane_of(OTHER)}, NOON) == {KIND: 3}
    assert flow_of(flow, {lane_of(ONE)}, NOON) == {KIND: 2}
    assert flow_of(flow, {lane_of(ONE)}, NOON + timedelta(minutes=1)) == {KIND: 1}
    assert flow_of(flow, set(), NOON) == {}


def test_what_comes_again_is_counted_already() -> None:
    """Given a worker that died before it said how far it was, another counts on from the table, and no event twice."""
    flow: Flow = {}
    count_batch(flow, [said(ONE, 1), said(ONE, 2)])
    count_batch(flow, [said(ONE, 1), said(ONE, 2), said(ONE, 3), said(ONE, 3)])
    assert flow_of(flow, {lane_of(ONE)}, NOON) == {KIND: 3}
