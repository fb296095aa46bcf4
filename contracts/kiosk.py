"""What a hall kiosk sends over the bus, where it is not online or over HTTP: applications, with everything personal sealed for intake."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.common import Part
from contracts.registry import PublicEvent, public

Sealed = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]


class KioskMaterial(Part):
    """A material: on paper, or a scan, which is a compact JWE of the file's bytes, ten megabytes at most."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    paper: bool = False
    filename: Annotated[str, StringConstraints(max_length=200)] = ""
    scan: Annotated[str, StringConstraints(max_length=14_000_000)] | None = None


@public("gov.onewindow.kiosk.application-submitted.v1")
class ApplicationSubmitted(PublicEvent):
    """An applicant handed in an application at a kiosk. The event's id is the idempotency key (APP-07).

    `applicant` and `form` are compact JWEs (ECDH-ES, A256GCM) of JSON documents, for the key that intake publishes (SEC-02).
    """

    item: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    applicant: Sealed
    form: Sealed
    materials: Annotated[tuple[KioskMaterial, ...], Field(max_length=100)] = ()
