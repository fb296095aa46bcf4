"""Every page of the product, with something to show, on a large and a small screen: accessible, whole, without complaints, and with a picture to look at."""

import re
from collections.abc import Mapping

import pytest

from services.chassis.auth import rules
from tests.browser import story
from tests.browser.test_frame import NARROW, WIDE
from tests.browser.town import Town
from tests.world import World

pytestmark = pytest.mark.browser
MARCH = "from=2026-03-01&to=2026-03-31"
PAGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("intake-hall", "/intake/"),
        ("intake-items", "/intake/items"),
        ("intake-guide", f"/intake/items/{story.ITEM}"),
        ("intake-guide-joint", "/intake/items/industrial-project-joint"),
        ("intake-follow", "/intake/follow"),
        ("intake-calculator", "/intake/calculator?start=2026-02-09&limit=6&as_of=2026-02-12"),
        ("workflow-published", "/workflow/published"),
        ("certificates-check", "/certificates/check?number={result}"),
        ("supervision-complain", "/supervision/complain"),
        ("supervision-complaint-anybody", "/supervision/complaints/{complaint}"),
        ("identity-login", "/intake/session/login?next=/intake/"),
        ("identity-sign-up", "/identity/sign-up"),
    ),
    "zhangsan": (
        ("intake-register", "/intake/register"),
        ("intake-apply", f"/intake/items/{story.ITEM}/apply"),
        ("intake-applications", "/intake/applications"),
        ("intake-application", "/intake/applications/{case}"),
        ("intake-application-decided", "/intake/applications/{decided}"),
        ("intake-correction", "/intake/applications/{incomplete}"),
        ("intake-receipt", "/intake/applications/{fresh}/receipt"),
        ("intake-letter-notice", "/intake/applications/{incomplete}/letters/notice-1"),
        ("intake-letter-acceptance", "/intake/applications/{case}/letters/acceptance"),
        ("intake-letter-refusal", "/intake/applications/{refused}/letters/refusal"),
        ("workflow-stop-notice", "/workflow/cases/{case}/notices/{stop_notice}"),
        ("workflow-withdraw", "/workflow/cases/{case}/withdraw"),
        ("certificates-mine", "/certificates/mine"),
        ("supervision-complaints-mine", "/supervision/complaints/mine"),
        ("supervision-complaint-mine", "/supervision/complaints/{complaint}"),
        ("notification-messages", "/notification/messages"),
        ("notification-channels", "/notification/channels"),
    ),
    "clerk1": (
        ("intake-window", "/intake/window"),
        ("intake-receive", "/intake/window/elderly-benefit-card"),
        ("certificates-pickup", "/certificates/pickup"),
        ("certificates-hand-over", "/certificates/pickup/{result}"),
        ("certificates-archiving", "/certificates/archiving"),
    ),
    "market-handler": (
        ("intake-desk", "/intake/desk"),
        ("intake-handle", "/intake/desk/{fresh}"),
        ("intake-offline", "/intake/offline"),
        ("workflow-desk", "/workflow/desk"),
        ("workflow-case", "/workflow/cases/{case}"),
        ("workflow-take", "/workflow/cases/{deemed}/do/take?stage=handle"),
        ("workflow-stop", "/workflow/cases/{deemed}/do/stop"),
        ("workflow-resume", "/workflow/cases/{case}/do/resume?stop={stop}"),
        ("workflow-charge", "/workflow/cases/{case}/do/charge"),
        ("workflow-publish", "/workflow/cases/{decided}/do/publish"),
        ("workflow-material", "/workflow/cases/{case}/materials/add"),
        ("certificates-making", "/certificates/making"),
    ),
    "market-head": (
        ("workflow-assign", "/workflow/cases/{deemed}/do/assign?stage=handle"),
        ("workflow-roll-back", "/workflow/cases/{overdue}/do/roll-back?stage=review"),
        ("supervision-card-answering", "/supervision/cards/{red}"),
        ("supervision-review-answering", "/supervision/reviews/{review}"),
        ("supervision-disagreement-asked", "/supervision/disagreements/{disagreement}"),
        ("supervision-mutual-ratings", "/supervision/mutual-ratings"),
        ("workflow-extend", "/workflow/cases/{overdue}/do/extend"),
        ("supervision-cases-own", "/supervision/cases"),
    ),
    "supervisor1": (
        ("supervision-live", "/supervision/live"),
        ("supervision-wall", "/supervision/wall"),
        ("supervision-cases", "/supervision/cases"),
        ("supervision-history", "/supervision/cases/{decided}"),
        ("supervision-history-as-of", "/supervision/cases/{case}?as_of=2026-03-02T12:00"),
        ("supervision-histories", f"/supervision/histories?{MARCH}"),
        ("supervision-open-card", "/supervision/cases/{case}/cards/open"),
        ("supervision-cards", "/supervision/cards"),
        ("supervision-card-explained", "/supervision/cards/{red}"),
        ("supervision-card-reported", "/supervision/cards/{yellow}"),
        ("supervision-card-appealed", "/supervision/cards/{appealed}"),
        ("supervision-rules", "/supervision/rules"),
        ("supervision-figures", f"/supervision/figures?{MARCH}"),
        ("supervision-figures-behind", f"/supervision/figures/behind?{MARCH}&by=department&key=market-regulation&figure=received"),
        ("supervision-bulletin", "/supervision/bulletin?month=2026-03"),
        ("supervision-appraisal", f"/supervision/appraisal?{MARCH}"),
        ("supervision-accountability", "/supervision/accountability?month=2026-03"),
        ("supervision-patterns", "/supervision/patterns"),
        ("supervision-recomputed", "/supervision/recomputed"),
        ("supervision-verifications", "/supervision/verifications"),
        ("supervision-verification", "/supervision/verifications/{verification}"),
        ("supervision-complaints", "/supervision/complaints"),
        ("supervision-complaint", "/supervision/complaints/{complaint}"),
        ("supervision-complain-registering", "/supervision/complain"),
        ("supervision-reviews", "/supervision/reviews"),
        ("supervision-review", "/supervision/reviews/{review}"),
        ("supervision-disagreements", "/supervision/disagreements"),
        ("supervision-disagreement", "/supervision/disagreements/{disagreement}"),
        ("supervision-spot-checks", "/supervision/spot-checks"),
        ("supervision-spot-check", "/supervision/spot-checks/{check}"),
        ("certificates-library", "/certificates/library"),
        ("certificates-result", "/certificates/results/{result}"),
    ),
    "admin": (
        ("intake-calendars", "/intake/calendars"),
        ("workflow-authorities", "/workflow/authorities"),
        ("workflow-revoke", "/workflow/authorities/{authority}/revoke"),
        ("chassis-letters", "/intake/letters"),
        ("chassis-letter", "/intake/letters/{letter}"),
        ("notification-not-arrived", "/notification/messages/not-arrived"),
    ),
}
"""Who looks at which pages; an address names what the story told."""
NO_PAGE = re.compile(r"/|/metrics|/assets/.*|/health/.*|/workflow/|/identity/(?!sign-up).*|/\w+/(assets/.*|docs|health|openapi\.json|session/.*)|.*\.(csv|pdf)")
"""What a browser gets and is no page of ours: files, figures for machines, what only leads elsewhere, and the library's page of the documentation."""
SHARED = re.compile(r"/\w+(?=/letters\b)")
"""Of what every service has in the same form, one is looked at."""


@pytest.fixture(name="names", scope="module")
def _names(district: Town) -> Mapping[str, str]:
    return story.told(district.world)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_whole(town: Town, names: Mapping[str, str], who: str, width: int) -> None:
    """Given somebody with a large or a small screen, each of the pages that they use is without serious findings and fits."""
    page = town.person(who, width) if who else town.visitor(width)
    wrong = []
    for name, address in PAGES[who]:
        town.complaints.clear()
        try:
            town.look(page, name, address.format_map(names))
        except AssertionError as error:
            wrong.append(str(error))
    assert wrong == []


def routes_of(world: World) -> set[str]:
    """Give the paths of all pages."""
    paths = {path for path, methods, _ in rules(world.window.app) if "GET" in methods and "/api/" not in path}
    return {SHARED.sub("", path) for path in paths if not NO_PAGE.fullmatch(path)}


def test_no_page_is_left_out(town: Town) -> None:
    """Given every route that a browser opens, somebody looks at it above: a new page joins the list or fails here."""
    seen = [SHARED.sub("", address.partition("?")[0]) for pages in PAGES.values() for _, address in pages]

    def is_seen(path: str) -> bool:
        pattern = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))
        return any(pattern.fullmatch(address) for address in seen)

    assert {path for path in routes_of(town.world) if not is_seen(path)} == set()
