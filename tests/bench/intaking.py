"""P1: durable intake over HTTP, one process of the service under many clients, beside the same endpoint of the same program that stores nothing."""

from dataclasses import replace
from uuid import uuid4

from tests.bench.ground import District, Ground
from tests.bench.load import Load, request, said_once
from tests.bench.measure import Result, rate

CLIENTS = 64
REQUESTS = 1_000
ITEM = "food-operation-licence"
ITEMS_SOLD = "预包装食品销售、散装食品销售、热食类食品制售" * 18
"""Makes of the application two kilobytes, as a filled-in one has."""


def intaking(ground: Ground) -> list[Result]:
    """P1."""
    with ground.district("intake") as district, Load(CLIENTS) as load:
        applications = Applications(district)
        whole = district.topology.services["intake"]
        # Its relay would work beside what is measured.
        whole.stop()

        def posted(port: int, number: int = REQUESTS) -> float:
            return number / load.seconds(port, said_once, applications.more(number))

        with district.served("intake") as durable, district.served("intake", "--storing-nothing") as nothing:
            for port in (durable, nothing):
                posted(port, CLIENTS * 2)
            what = f"an application received durably on PostgreSQL ({CLIENTS} connections, one process) ÷ the same endpoint storing nothing"
            alone = rate("P1", what, "≥ 0.85", lambda: posted(durable), lambda: posted(nothing), "requests/s")
            district.topology.start_services("intake")
            district.wait_until_relayed("intake")

            def relayed() -> float:
                found = posted(district.topology.ports["intake"])
                district.wait_until_relayed("intake")
                return found

            together = rate("P1", "the same while the process relays to Kafka, too, what it stores", "–", relayed, lambda: posted(nothing), "requests/s")
    return [replace(alone, note=f"bodies of {applications.size:,} bytes"), together]


class Applications:
    """Makes requests that differ in nothing but their keys."""

    def __init__(self, district: District) -> None:
        form = {**district.form(ITEM), "operation-items": ITEMS_SOLD}
        self._body = {"item": ITEM, "applicant": district.registered(), "form": form, "materials": district.materials(ITEM, district.handed_in())}
        self._token = district.token("zhangsan")
        self.size = len(self.more(1)[0].partition(b"\r\n\r\n")[2])

    def more(self, number: int) -> list[bytes]:
        """Give so many new ones."""
        return [request("POST", "/intake/api/applications", self._token, self._body, Idempotency_Key=str(uuid4())) for _ in range(number)]
