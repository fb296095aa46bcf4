"""Everybody at every door: each route of the whole product, for each role, of each kind of department (SEC-01 to SEC-03)."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt

from services.chassis.auth import Rule, rules
from services.kernel.actor import Role
from tests.patience import PATIENCE
from tests.world import PDF, World, at, world_at

NOBODY_YET = str(UUID(int=1))
OWN, OTHER = "market-regulation", "health"
ENDLESS = {"/supervision/api/live"}
OFFICERS = (Role.HANDLER, Role.SECTION_HEAD, Role.LEADER)


class Doors:
    """The product with one accepted case of the market department, and whoever calls."""

    def __init__(self, world: World, inside: TestClient) -> None:
        self.world = world
        self.inside = inside
        self.routes = list(rules(world.window.app))
        self.key = world.window.parts.secrets.signing_key("identity")

    def call(self, method: str, path: str, role: Role | None = None, department: str | None = None, **options: Any) -> httpx.Response:
        """Call as somebody with this role in this department, or as nobody; of an endless answer, the beginning."""
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        if role is not None:
            headers["Authorization"] = f"Bearer {self._token(role, department)}"
        if path not in ENDLESS:
            inside: httpx.Response = self.inside.request(method, path, headers=headers, **options)
            return inside
        with httpx.stream(method, self.world.address + path, headers=headers, timeout=PATIENCE, **options) as answer:
            if answer.is_error:
                answer.read()
        return answer

    def _token(self, role: Role, department: str | None) -> str:
        claims = {"iss": f"{self.world.address}/identity", "aud": "onewindow", "sub": f"stranger-{role}", "name": "外人（示例）", "roles": [role]}
        times = {"exp": int(self.world.now().timestamp()) + 3600}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**claims, **times, "department": department}, self.key)


@pytest.fixture(name="doors", scope="module")
def _doors(tmp_path_factory: pytest.TempPathFactory, lasting_connection: dict[str, str]) -> Iterator[Doors]:
    # There are many calls: most go to the application itself, without a network between.
    with (
        world_at(tmp_path_factory.mktemp("district"), at("2026-03-02 09:00"), again=False, **lasting_connection) as world,
        TestClient(world.window.app, base_url=world.address, follow_redirects=False) as inside,
    ):
        yield Doors(world, inside)


@pytest.fixture(name="case", scope="module")
def _case(doors: Doors) -> str:
    return doors.world.accepted()


def code_of(answer: httpx.Response) -> str:
    """Give the code of the problem that an answer is, or nothing."""
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.json()["type"].rsplit(":", 1)[1] if is_problem else ""


def test_every_route_has_a_rule(doors: Doors) -> None:
    """An endpoint that does not say who may call it fails this test; so does a service that is missing here."""
    assert [path for path, _, rule in doors.routes if rule is None] == []
    rooms = {path.split("/")[1] for path, _, _ in doors.routes} - {"", "assets"}
    assert rooms - {"metrics", "health"} == {"intake", "workflow", "supervision", "certificates", "notification", "identity"}


def test_only_reading_and_a_few_named_routes_are_open_to_all(doors: Doors) -> None:
    """What changes something without an account is listed here, each for its reason; nothing joins the list unnoticed."""
    changing = {path for path, methods, rule in doors.routes if rule is not None and rule.anyone and not methods <= {"GET", "HEAD"}}
    sessions = {path for path in changing if path.endswith("/session/logout")}
    logging_in = {"/identity/token", "/identity/authorize", "/identity/sign-up"}
    asking = {"/supervision/complain"} | {path for path in changing if re.fullmatch("/intake/.*(clock|calculator|follow)|/certificates/(api/)?check", path)}
    assert changing == sessions | logging_in | asking


def test_every_list_refuses_a_cursor_of_no_list(doors: Doors) -> None:
    """Each list by cursor says so where what it is given is none; one that took it for something else would show its first page for ever."""
    wrong, lists, known = [], 0, {"by": "department", "figure": "received"}
    for path, methods, rule in doors.routes:
        taken = {one["name"]: one for one in described(doors, path, "GET").get("parameters", ())} if "/api/" in path and "GET" in methods else {}
        if "cursor" not in taken:
            continue
        lists += 1
        asked = {name: _made_up(one["schema"], {}) for name, one in taken.items() if one["required"]} | known | {"cursor": "bm9uc2Vuc2U"}
        role = None if rule is None or rule.anyone else min(rule.roles or {Role.HANDLER})
        answer = doors.call("GET", path, role, OWN, params=asked)
        if code_of(answer) != "cursor-wrong":
            wrong.append((path, role, answer.status_code, code_of(answer)))
    assert wrong == []
    assert lists >= 10


@pytest.mark.slow
def test_every_role_at_every_door(doors: Doors) -> None:
    """Nobody: 401 wherever an account is needed. A role that a route does not name: 403, whatever the department. A role that it names passes the door."""
    wrong = []
    for path, methods, rule in doors.routes:
        assert rule is not None
        address = re.sub(r"\{[^}]+\}", NOBODY_YET, path)
        for method in methods:
            places = ((role, department) for role in Role for department in (OWN, OTHER))
            callers = [(None, None), (Role.APPLICANT, None), *(places if not rule.anyone else ())]
            for role, department in callers:
                expected = _expected(rule, role)
                answer = doors.call(method, address, role, department, **({} if method == "GET" else {"json": {}}))
                if (code_of(answer) if code_of(answer) in {"sign-in-needed", "role-missing"} else "") != expected or answer.status_code >= 500:
                    wrong.append((method, path, role, department, answer.status_code))
    assert wrong == []


def _expected(rule: Rule, role: Role | None) -> str:
    if rule.anyone:
        return ""
    if role is None:
        return "sign-in-needed"
    return "role-missing" if rule.roles and role not in rule.roles else ""


def state_of(doors: Doors, case: str) -> dict[str, dict[str, Any]]:
    """Give what intake and workflow know of the case."""
    paths = {"intake": f"/intake/api/applications/{case}", "workflow": f"/workflow/api/cases/{case}"}
    return {service: doors.world.do("market-handler", "GET", path) for service, path in paths.items()}


@pytest.mark.slow
def test_no_officer_of_another_department_touches_the_case(doors: Doors, case: str) -> None:
    """Whatever an officer of another department, or of none, or another applicant, asks of a case: refused, and the case stays as it was (SEC-02)."""
    before = state_of(doors, case)
    strangers = [*((role, department) for role in OFFICERS for department in (OTHER, None)), (Role.APPLICANT, None), (Role.KIOSK, OWN)]
    opened, tried = [], 0
    for path, methods, _ in doors.routes:
        if "{application_id}" not in path and "{case_id}" not in path:
            continue
        known = {"{application_id}": case, "{case_id}": case, "{stage}": "handle", "{code}": "application-form"}
        address = re.sub(r"\{[^}]+\}", lambda name, known=known: known.get(name[0], NOBODY_YET), path)  # type: ignore[misc]
        seen = before.get(path.split("/")[1], {}).get("version", 1)
        for method in methods:
            body = filled(doors, path, method)
            # The form of a page cannot be made up from a schema; left empty, it may be refused for that, or as stale, too.
            refusals = {403, 404} if body or method == "GET" else {403, 404, 412, 422}
            for role, department in strangers:
                answer = doors.call(method, address, role, department, headers={"If-Match": f'"{seen}"'}, **body)
                tried += 1
                if answer.status_code not in refusals:
                    opened.append((method, path, role, department, answer.status_code, answer.text[-150:]))
    assert opened == []
    assert tried > 100
    assert state_of(doors, case) == before


@pytest.mark.slow
def test_no_list_shows_the_case_to_another_department(doors: Doors, case: str) -> None:
    """No list of any service names the case to officers of another department or to another applicant; to its own department, the desk and supervision do."""
    number = doors.world.do("market-handler", "GET", f"/intake/api/applications/{case}")["number"]
    shown_to_own = set()
    for path, methods, rule in doors.routes:
        if "GET" not in methods or "{" in path or rule is None or rule.anyone:
            continue
        for role in (*OFFICERS, Role.APPLICANT) if path not in ENDLESS else ():
            text = doors.call("GET", path, role, OTHER).text if rule.roles == frozenset() or role in rule.roles else ""
            assert case not in text and number not in text, (path, role)  # noqa: PT018 - one statement about one answer
        if Role.HANDLER in rule.roles and case in doors.call("GET", path, Role.HANDLER, OWN).text:
            shown_to_own.add(path)
    assert {"/workflow/api/desk", "/supervision/api/cases"} <= shown_to_own


@pytest.fixture(name="known", scope="module")
def _known(doors: Doors) -> dict[str, str]:
    """Give what a path may name of a case of the market department that was reviewed, complained of, disputed, late, and decided."""
    world = doors.world
    case = world.accepted()
    number = world.do("market-handler", "GET", f"/intake/api/applications/{case}")["number"]
    world.do("zhangsan", "POST", f"/intake/api/applications/{case}/reviews", json={"stage": "RECEPTION", "level": 1, "tags": []})
    complaint = {"number": number, "text": "多次要求补交目录以外的材料。", "name": "yes"}
    world.call("zhangsan", "POST", "/supervision/complain", data=complaint, headers={"Accept": "text/html"}, follow_redirects=False)
    disagreement = world.do("market-handler", "POST", f"/supervision/api/cases/{case}/disagreements", json={"matter": "窗口收取的材料不全。"})["id"]
    world.advance("2026-03-20 09:00")
    world.decided(case)

    def of(service: str, table: str) -> dict[str, Any]:
        return next(row for row in world.rows(service, table) if str(row["case_id"]) == case)

    result, card = of("certificates", "results"), str(of("supervision", "warnings")["id"])
    mine = {"{application_id}": case, "{case_id}": case, "{number}": result["number"], "{result}": str(result["id"]), "{card}": card, "{card_id}": card}
    return {
        **mine,
        "{complaint}": of("supervision", "complaints")["id"],
        "{disagreement}": disagreement,
        "{evidence}": of("supervision", "reviews")["evidence"],
        "{case}": case,
        "{stage}": "handle",
        "{code}": "application-form",
        "{act}": "explain",
    }


@pytest.mark.slow
def test_nothing_that_came_of_a_case_is_open_to_strangers(doors: Doors, known: dict[str, str]) -> None:
    """Given its certificate, card, complaint, review and disagreement, no other department or applicant reads or changes one (SEC-02)."""
    doors.world.settle()
    before = {name: service.recorder.max_notification_id() for name, service in doors.world.window.services.items()}
    strangers = [*((role, department) for role in OFFICERS for department in (OTHER, None)), (Role.APPLICANT, None), (Role.KIOSK, OWN)]
    opened, tried, own = [], set(), set()
    subjects = {"{number}", "{result}", "{card}", "{card_id}", "{complaint}", "{disagreement}", "{evidence}"}
    for path, methods, rule in doors.routes:
        named = set(re.findall(r"\{[^}]+\}", path))
        # A complaint's address shows to whoever has it how far it is, and no more: see the test of complaints.
        if not named & subjects or named - known.keys() or (rule is not None and rule.anyone):
            continue
        address = re.sub(r"\{[^}]+\}", lambda name: known[name[0]], path)
        for method in methods:
            body = filled(doors, path, method)
            refusals = {403, 404} if body or method == "GET" else {403, 404, 412, 422}
            for role, department in strangers:
                answer = doors.call(method, address, role, department, headers={"If-Match": '"1"'}, **body)
                tried |= named & subjects
                if answer.status_code not in refusals:
                    opened.append((method, path, role, department, answer.status_code, answer.text[-150:]))
            if method == "GET" and any(doors.call(method, address, role, OWN).is_success for role in (*OFFICERS, Role.SUPERVISOR, Role.WINDOW_CLERK)):
                own |= named & subjects
    assert opened == []
    assert tried == subjects
    assert own >= {"{number}", "{card}", "{card_id}", "{disagreement}", "{evidence}"}, "what is refused to strangers is there"
    assert {name: service.recorder.max_notification_id() for name, service in doors.world.window.services.items()} == before


def document_of(doors: Doors, path: str) -> dict[str, Any]:
    """Give the OpenAPI document of the service that has a route."""
    document: dict[str, Any] = doors.inside.get(f"/{path.split('/')[1]}/openapi.json").json()
    return document


def described(doors: Doors, path: str, method: str) -> dict[str, Any]:
    """Give what the OpenAPI document says of a route, nothing where it says nothing."""
    operation: dict[str, Any] = document_of(doors, path).get("paths", {}).get(f"/{path.split('/', 2)[-1]}", {}).get(method.lower(), {})
    return operation


def filled(doors: Doors, path: str, method: str) -> dict[str, Any]:
    """Give a body that a route takes, made up from its OpenAPI schema; nothing where it takes none."""
    content = described(doors, path, method).get("requestBody", {}).get("content", {})
    known = document_of(doors, path).get("components", {}).get("schemas", {})
    if "multipart/form-data" in content:
        return {"data": _made_up(content["multipart/form-data"]["schema"], known), "files": {"file": ("表.pdf", PDF)}}
    return {"json": _made_up(content["application/json"]["schema"], known)} if "application/json" in content else {}


def _made_up(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _made_up(known[schema["$ref"].rsplit("/", 1)[1]], known)
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else _made_up(schema["anyOf"][0], known)
    kind = schema.get("type")
    if kind == "object":
        return {name: _made_up(one, known) for name, one in schema.get("properties", {}).items() if name != "file"}
    if kind == "array":
        return [_made_up(schema["items"], known)] * max(1, schema.get("minItems", 1))
    if kind == "string" and "64" in schema.get("pattern", ""):
        return "0" * 64
    if kind == "string":
        formats = {"uuid": NOBODY_YET, "date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}
        return formats.get(schema.get("format", ""), ("示例理由" * 10)[: max(schema.get("minLength", 4), 4)])
    return {"boolean": True, "integer": max(1, schema.get("minimum", 1)), "number": 1}.get(str(kind))
