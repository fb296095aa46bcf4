"""Pages of a service: Jinja templates in the common frame, with Chinese dates and the words for states.

pages = Pages("intake", now, departments)                      # templates lie in services/intake/pages/templates
return pages.render(request, "guide.html", item=item)          # {% extends "frame.html" %}; parts: the top of templates/macros.html

A page fills the blocks title, content (with its h1) and, where needed, scripts and body_class. A script of its own lies in
services/intake/pages/static/live.js and is linked as asset("intake-live.js"): the content security policy allows no inline script or style.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

from services.chassis.auth.access import template_context
from services.chassis.departments import Department
from services.chassis.fields import field_name
from services.chassis.problems import Problem, to_problem
from services.chassis.timekeeping import Now
from services.chassis.web import assets, words
from services.chassis.web.cells import labelled
from services.chassis.web.navigation import current, navigation
from services.chassis.web.wording import FILTERS, SHANGHAI, day, formal_day, left, masked, moment, money, short_day
from services.kernel.aggregate import Invalid, Refusal

__all__ = ["SHANGHAI", "Pages", "day", "formal_day", "left", "masked", "moment", "money", "short_day"]

_HERE = Path(__file__).parent
_SERVICES = _HERE.parents[1]


class Pages:
    """Renders the templates in `services/<service>/pages/templates` (or `templates`, or `folders`) within the common frame.

    Each of `contexts` adds to what every template knows, such as the number of unread messages.
    """

    def __init__(
        self,
        service: str,
        now: Now,
        departments: Mapping[str, Department],
        *,
        folders: Sequence[Path] = (),
        contexts: Sequence[Callable[[Request], Mapping[str, object]]] = (),
    ) -> None:
        self.service = service
        self._now = now
        self._contexts = (template_context, *contexts)
        places = [*folders, _SERVICES / service / "pages" / "templates", _SERVICES / service / "templates", _HERE / "templates"]
        loader = ChoiceLoader([FileSystemLoader(places), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})])
        self.environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.environment.filters.update(
            FILTERS,
            labelled=labelled,
            word=words.word,
            field_name=field_name,
            department=lambda code: departments[code].name if code in departments else code,
            short_department=lambda code: departments[code].short_name if code in departments else code,
        )
        self.environment.globals.update(word=words.word)

    def render(self, request: Request, template: str, *, status: int = 200, refusal: Refusal | Problem | None = None, **context: object) -> HTMLResponse:
        """Give a page. The actor, the CSRF token, the navigation and the time are there for every template.

        Where a form was refused, so are the sentence of the `refusal` and the `errors` of its fields, and the status says so.
        """
        root = request.scope.get("root_path", "")
        now = self._now()
        frame: dict[str, object] = {"request": request, "root": root, "path": request.url.path, "now": now, "today": now.astimezone(SHANGHAI).date()}
        for more in self._contexts:
            frame.update(more(request))

        def asset(name: str) -> str:
            found = assets.asset(name)
            if found is None:
                raise LookupError(name)
            return f"{root}/assets/{found.version}/{name}"

        def here(**changes: object) -> str:
            return with_query(request, changes)

        links = navigation(frame["actor"])  # type: ignore[arg-type]
        frame |= {"asset": asset, "here": here, "navigation": links, "tab": current(links, request.url.path)}
        problem = to_problem(refusal) if isinstance(refusal, Refusal) else refusal
        frame |= {"refusal": problem.detail if problem else None, "errors": refusal.fields if isinstance(refusal, Invalid) else {}}
        text = self.environment.get_template(template).render({**frame, **context})
        return HTMLResponse(text, problem.status if problem else status)


def with_query(request: Request, changes: Mapping[str, object]) -> str:
    """Give the address of this request with some of its query changed; None takes a field away."""
    query = [(name, value) for name, value in parse_qsl(request.url.query) if name not in changes]
    query += [(name, str(value)) for name, value in changes.items() if value is not None]
    return request.url.path + (f"?{urlencode(query)}" if query else "")
