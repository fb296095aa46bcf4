"""The town: one district for the tests of a module, and browsers that are closed after each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.town import Town
from tests.conftest import CHROMIUM
from tests.patience import PATIENCE
from tests.world import at, world_at

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(name="district", scope="module")
def _district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00")) as world, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Town(world, browser)
        browser.close()


@pytest.fixture(name="town")
def _town(district: Town) -> Iterator[Town]:
    district.complaints.clear()
    yield district
    for context in district.browser.contexts:
        context.close()
