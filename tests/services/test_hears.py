"""Whom a service hears: each of those says something that it has a use for, and nobody else does (ADR 0018)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from contracts import document
from contracts.envelope import Envelope, from_bytes
from services.chassis.bus.kafka.topics import SPEAKERS
from services.chassis.service import Service, Transaction
from tests.world import at, world_at

SAMPLES = Path(document.__file__).parent / "samples"
NO_TRANSACTION = cast("Transaction", object())
"""Whoever would do anything upon an event fails for want of it."""


@pytest.fixture(name="services", scope="module")
def _services(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Service]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00")) as world:
        return world.window.services


def said_by(speaker: str) -> list[Envelope]:
    """Give a sample of everything that a service says."""
    return [from_bytes(path.read_bytes()) for path in sorted(SAMPLES.glob(f"gov.onewindow.{speaker}.*.json"))]


def has_use(service: Service, envelope: Envelope) -> bool:
    """Say whether a service would do something upon an event."""
    event: Any = envelope.event()
    try:
        service.policy(event, envelope, NO_TRANSACTION)
    except AttributeError:
        return True
    return False


@pytest.mark.parametrize("name", SPEAKERS)
def test_a_service_hears_those_whom_it_has_a_use_for(services: Mapping[str, Service], name: str) -> None:
    """Given a sample of every public event of the others, a service hears exactly those who say something that it acts upon."""
    of_use = {speaker for speaker in SPEAKERS if speaker != name and any(has_use(services[name], envelope) for envelope in said_by(speaker))}
    assert set(services[name].hears) == of_use
