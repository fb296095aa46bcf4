"""Pages of a service: Jinja templates in the common frame, with Chinese dates and the words for states.

pages = Pages("intake", now, departments)
return pages.render(request, "guide.html", item=item)
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from services.chassis import assets
from services.chassis.auth.access import template_context
from services.chassis.departments import Department
from services.chassis.timekeeping import Now
from services.chassis.web import words
from services.chassis.web.navigation import navigation

SHANGHAI = ZoneInfo("Asia/Shanghai")
_HERE = Path(__file__).parent
_SERVICES = _HERE.parents[1]


class Pages:
    """Renders the templates in `services/<service>/pages/templates` (or `templates`) within the common frame."""

    def __init__(self, service: str, now: Now, departments: Mapping[str, Department]) -> None:
        self.service = service
        self._now = now
        folders = [_SERVICES / service / "pages" / "templates", _SERVICES / service / "templates", _HERE / "templates"]
        loader = ChoiceLoader([FileSystemLoader(folders), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})])
        self.environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.environment.filters.update(
            day=day, moment=moment, money=money, masked=masked, word=words.word, department=lambda code: departments[code].name if code in departments else code
        )
        self.environment.globals.update(word=words.word)

    def render(self, request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Give a page. The actor, the CSRF token, the navigation and the time are there for every template."""
        access = template_context(request)
        root = request.scope.get("root_path", "")

        def asset(name: str) -> str:
            found = assets.asset(name)
            if found is None:
                raise LookupError(name)
            return f"{root}/assets/{found.version}/{name}"

        frame = {
            "request": request,
            "root": root,
            "path": request.url.path,
            "asset": asset,
            "now": self._now(),
            "today": self._now().astimezone(SHANGHAI).date(),
            "navigation": navigation(access["actor"]),  # type: ignore[arg-type]
            **access,
        }
        text = self.environment.get_template(template).render({**frame, **context})
        return HTMLResponse(text, status)


_WEEKDAYS = "一二三四五六日"


def day(value: date | None) -> str:
    """Give a day with its weekday, such as 2026年2月14日（周六）."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    return f"{value.year}年{value.month}月{value.day}日（周{_WEEKDAYS[value.weekday()]}）"


def moment(value: datetime | None) -> Markup:
    """Give an instant in local time, as an element that programs can read too."""
    if value is None:
        return Markup("—")
    local = value.astimezone(SHANGHAI)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), f"{day(local.date())} {local:%H:%M}")


def money(fen: int) -> str:
    """Give an amount of fen in yuan."""
    return f"{fen / 100:,.2f} 元"


def masked(text: str) -> str:
    """Show no more of a name than its first character (SEC-02)."""
    return text[:1] + "*" * max(len(text) - 1, 1) if text else ""
