"""Where each role can go, in the order in which it works."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation; `key` is the letter or digit that opens it after `g`."""

    address: str
    label: str
    key: str
    also: tuple[str, ...] = ()
    """Where else pages are that belong to it."""

    def has(self, path: str) -> bool:
        """Say whether a page is this one or below it. A hall is not above all of its service's pages."""
        own = (self.address, *self.also)
        return any(path == one or (not one.endswith("/") and path.startswith(f"{one}/")) for one in own)


def current(links: Sequence[Link], path: str) -> Link | None:
    """Give the entry to which a page belongs; of several, the one whose own address is nearest."""
    having = [link for link in links if link.has(path)]
    return max(having, key=lambda link: len(link.address) if path.startswith(link.address) else 0, default=None)


_PUBLIC = (
    Link("/intake/", "政务大厅", "h"),
    Link("/intake/items", "办事指南", "i"),
    Link("/intake/follow", "进度查询", "f"),
    Link("/intake/calculator", "期限计算器", "c"),
    Link("/workflow/published", "决定公开", "o"),
    Link("/certificates/check", "证照核验", "v"),
)
_RESULTS = ("/certificates/results",)
_LOOKED_INTO = ("/supervision/spot-checks", "/supervision/patterns", "/supervision/recomputed")
_COUNTED = ("/supervision/reviews", "/supervision/bulletin", "/supervision/appraisal", "/supervision/accountability", "/supervision/mutual-ratings")
_OFFICERS = frozenset({Role.HANDLER, Role.SECTION_HEAD, Role.LEADER})


def navigation(actor: Actor | None) -> tuple[Link, ...]:
    """Give the links that an actor can use."""
    if actor is None:
        return _PUBLIC
    links: list[Link] = []
    if actor.has(Role.APPLICANT):
        links += [*_PUBLIC, Link("/intake/applications", "我的申请", "a", ("/workflow/cases",)), Link("/certificates/mine", "我的证照", "z", _RESULTS)]
    if actor.has(Role.WINDOW_CLERK):
        links += [Link("/intake/window", "窗口收件", "w"), Link("/certificates/pickup", "窗口出件", "p"), Link("/certificates/archiving", "归档", "r")]
    if actor.has(Role.WINDOW_CLERK, *_OFFICERS):
        links += [Link("/intake/desk", "受理", "s", ("/intake/applications",)), Link("/workflow/desk", "待办", "d", ("/workflow/cases",))]
    if actor.has(Role.WINDOW_CLERK, Role.HANDLER, Role.SUPERVISOR):
        links.append(Link("/intake/offline", "线下登记", "x"))
    if actor.has(Role.SUPERVISOR, Role.AUDITOR):
        links.append(Link("/supervision/live", "实时监察", "l", _LOOKED_INTO))
        links += [
            Link("/supervision/verifications", "核查清单", "b"),
            Link("/supervision/complaints", "投诉办理", "j"),
            Link("/certificates/library", "证照库核查", "y", _RESULTS),
        ]
    if actor.has(Role.HANDLER):
        links.append(Link("/certificates/making", "制证", "e"))
    if actor.has(Role.SUPERVISOR, Role.AUDITOR, Role.SECTION_HEAD, Role.LEADER):
        links += [Link("/supervision/figures", "统计", "t", _COUNTED), Link("/supervision/cards", "黄灯红牌", "k", ("/supervision/rules",))]
    if actor.has(Role.SUPERVISOR, Role.AUDITOR, *_OFFICERS):
        links.append(Link("/supervision/cases", "办件全程", "q", ("/supervision/histories",)))
    if actor.has(Role.WINDOW_CLERK, *_OFFICERS, Role.SUPERVISOR, Role.AUDITOR):
        links.append(Link("/supervision/disagreements", "争议", "1"))
    if actor.has(Role.ADMINISTRATOR):
        links += [Link("/workflow/authorities", "审批权限", "u"), Link("/intake/items", "事项目录", "i"), Link("/intake/calendars", "工作日历", "g")]
        links.append(Link("/intake/letters", "未处理消息", "n"))
    if not actor.has(Role.KIOSK):
        links.append(Link("/notification/messages", "消息", "m"))
    return tuple({link.address: link for link in links}.values())
