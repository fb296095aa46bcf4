"""What decision letters say: which decision, on which grounds, and what can be done against it (CER-01)."""

import re
from datetime import date

from services.chassis.web.wording import formal_day

_PLACE = re.compile(r"^.+?[区县市州省]")


def is_letter(title: str, *, granted: bool) -> bool:
    """Say whether a result is a letter (批准书, 决定书, 意见书; every refusal) rather than a certificate (证, 照, 证书, 证明)."""
    return not granted or (title.endswith("书") and not title.endswith("证书"))


def review_body(authority: str) -> str:
    """Give who reviews the decisions of an authority: the government of the same place (行政复议法 article 24)."""
    place = _PLACE.match(authority)
    return f"{place.group()}人民政府" if place else "本级人民政府"


def granting(item_name: str, grounds: str, reasons: str, validity: str) -> list[str]:
    """Give the paragraphs of a letter that grants."""
    return [
        f"{_application(item_name)}，本机关依法进行了审查。经审查，申请符合法定条件、标准，决定予以批准。",
        *_said("审查意见", reasons),
        *_said("依据", grounds),
        f"有效期：{validity}。",
    ]


def refusing(item_name: str, title: str, authority: str, grounds: str, reasons: str) -> list[str]:
    """Give the paragraphs of a letter that refuses: the reasons, the grounds, and the remedies with their time limits and the reviewing body.

    A refused licence cites article 38 of the 行政许可法, which demands reasons and remedies; the limits are those of article 20 of the 行政复议法
    and article 46 of the 行政诉讼法; that the reviewing body is named is article 17 of the 行政复议法实施条例.
    """
    decided = "根据《中华人民共和国行政许可法》第三十八条第二款，决定不予行政许可" if "行政许可" in title else "申请不符合法定条件、标准，决定不予批准"
    remedies = (
        f"如不服本决定，可以自收到本决定书之日起六十日内向{review_body(authority)}申请行政复议，"
        "也可以自收到本决定书之日起六个月内依法向有管辖权的人民法院提起行政诉讼。"
    )
    return [f"{_application(item_name)}，本机关依法进行了审查。{decided}。", *_said("理由", reasons), *_said("依据", grounds), remedies]


def attesting(title: str, grounds: str) -> list[str]:
    """Give the paragraphs below the table of a certificate."""
    granted = "经审查，情况属实，特此证明。" if title.endswith("证明") else "经审查，符合法定条件、标准，准予颁发本证。"
    return [granted, *_said("依据", grounds)]


def validity(valid_from: date, valid_until: date | None) -> str:
    """Give the validity in words; both days count."""
    return f"自{formal_day(valid_from)}至{formal_day(valid_until)}" if valid_until else f"自{formal_day(valid_from)}起长期有效"


def _application(item_name: str) -> str:
    return f"你（单位）提出的“{item_name}”申请"


def _said(label: str, text: str) -> list[str]:
    """Give what an officer wrote, a paragraph for each of its lines, closed by a full stop."""
    lines = text.splitlines()
    if not lines:
        return []
    if lines[-1][-1] not in "。；！？.;!?":
        lines[-1] += "。"
    return [f"{label}：{lines[0]}", *lines[1:]]
