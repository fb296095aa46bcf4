"""The papers of a case: for what each fact says, the addresses at which whoever may see the case opens its materials, letters, notices and certificates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.supervision.domain.facts import Fact

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper by what people call it, and its address in the service that keeps it."""

    name: str
    address: str


def papers_of(case: UUID, fact: Fact) -> tuple[Paper, ...]:
    """Give the papers that a fact speaks of. What a department reported lies in its own system."""
    papers = _PAPERS.get(fact.name)
    return tuple(papers(case, fact.data)) if papers is not None and fact.reported is None else ()


def _materials(case: UUID, data: Data) -> Iterable[Paper]:
    for one in data["materials"]:
        if one["digest"]:
            yield Paper(one["name"], f"/intake/api/applications/{case}/materials/{one['code']}?digest={one['digest']}")


def _received(case: UUID, data: Data) -> Iterable[Paper]:
    yield Paper("接件凭证", f"/intake/applications/{case}/receipt")
    yield from _materials(case, data)


def _added(case: UUID, data: Data) -> Iterable[Paper]:
    if data["digest"]:
        yield Paper(data["name"], f"/workflow/api/cases/{case}/materials/{data['code']}")


def _letter(name: str, address: Callable[[Data], str]) -> Callable[[UUID, Data], Iterable[Paper]]:
    return lambda case, data: (Paper(name, f"/intake/applications/{case}/letters/{address(data)}"),)


_PAPERS: dict[str, Callable[[UUID, Data], Iterable[Paper]]] = {
    "application-received": _received,
    "corrections-submitted": _materials,
    "correction-notice-issued": _letter("补正通知书", lambda data: f"notice-{data['ordinal']}"),
    "application-accepted": _letter("受理通知书", lambda _: "acceptance"),
    "acceptance-refused": _letter("不予受理决定通知书", lambda _: "refusal"),
    "material-added": _added,
    "clock-stopped": lambda case, data: (Paper("特别程序告知书", f"/workflow/cases/{case}/notices/{data['notice']}"),),
    "limit-extended": lambda case, _: (Paper("延期告知书", f"/workflow/cases/{case}/notices/extension"),),
    "certificate-issued": lambda _, data: (Paper(data["name"], f"/certificates/api/results/{data['number']}/document"),),
}
