"""An aggregate written in parts is one aggregate: what a part records is stored and read as the whole's."""

from datetime import UTC, datetime
from uuid import uuid4

from services.chassis.storage.aggregates import fold
from services.chassis.storage.mapper import MsgspecMapper
from services.kernel.aggregate import SYSTEM, RecordedAggregate

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class NamedGarden(RecordedAggregate, part_of="sample.Garden"):
    """A garden with its name."""

    class Laid(RecordedAggregate.Created):
        """It was laid out."""

        name: str

    def __init__(self, name: str) -> None:
        self.name = name
        self.trees: tuple[str, ...] = ()
        self.visitors = 0


class PlantedGarden(NamedGarden, part_of="sample.Garden"):
    """A garden with its trees."""

    class Planted(RecordedAggregate.Event):
        """A tree was planted."""

        tree: str

        def apply(self, aggregate: "PlantedGarden") -> None:
            """Keep it."""
            aggregate.trees = (*aggregate.trees, self.tree)

    def plant(self, tree: str, now: datetime) -> None:
        """Plant a tree."""
        self.record(self.Planted, SYSTEM, now, tree=tree)


class VisitedGarden(NamedGarden, part_of="sample.Garden"):
    """A garden with its visitors."""

    class Visited(RecordedAggregate.Event):
        """Somebody came; its name was another once."""

        TOPIC = "sample.Garden.Entered"

        def apply(self, aggregate: "VisitedGarden") -> None:
            """Count."""
            aggregate.visitors += 1

    def visit(self, now: datetime) -> None:
        """Come in."""
        self.record(self.Visited, SYSTEM, now)


class Garden(PlantedGarden, VisitedGarden):
    """The whole."""

    TOPIC = "sample.Garden"


def test_what_a_part_records_is_stored_and_read_back_as_the_whole_s() -> None:
    """Given a whole of three parts, its events are stored under its topic, are read as its own, and fold to what it was."""
    garden = Garden.begin(Garden.Laid, uuid4(), SYSTEM, MONDAY, name="拙政园")
    garden.plant("山茶", MONDAY)
    garden.visit(MONDAY)
    mapper = MsgspecMapper()
    stored = [mapper.to_stored_event(event) for event in garden.collect_events()]
    assert [one.topic for one in stored] == ["sample.Garden.Laid", "sample.Garden.Planted", "sample.Garden.Entered"]
    read = [mapper.to_domain_event(one) for one in stored]
    assert all(isinstance(one, kind) for one, kind in zip(read, (Garden.Laid, Garden.Planted, Garden.Visited), strict=True))
    assert isinstance(read[1], PlantedGarden.Planted)
    again = fold(None, read)
    assert isinstance(again, Garden)
    assert (again.name, again.trees, again.visitors, again.version) == ("拙政园", ("山茶",), 1, 3)
