"""docs/rules.md: the rules of supervision as a document, generated from their units (`make rules`)."""

import sys
from pathlib import Path

from services.chassis.web.words import word
from services.supervision.rules import RULES, Detection

PATH = Path(__file__).parents[2] / "docs" / "rules.md"
_HEAD = """# 监察规则

本页由 `make rules` 从 `services/supervision/rules/` 生成，请勿手改。同样的内容见页面 `/supervision/rules` 和接口 `GET /supervision/api/rules`。
“本系统阻止”指本系统自己的服务会拒绝这种操作，只有其他系统报来的事实才可能触发。
"""


def document() -> str:
    """Give the document."""
    return "\n".join([_HEAD, *(_section(number) for number in range(len(RULES)))])


def _section(number: int) -> str:
    rule = RULES[number]
    rows = [
        ("级别", word(rule.level.value)),
        ("依据", rule.article),
        ("怎样发现", rule.detected),
        ("触发", "；".join(word(by.value) for by in (Detection.CLOCK, Detection.EVENT, Detection.HAND) if by in rule.by)),
        ("怎样算整改", rule.rectified),
        ("责任人", rule.responsible),
        *([("本系统阻止", rule.prevented)] if rule.prevented else []),
        ("版本", str(rule.version)),
    ]
    return "\n".join([f"## {rule.code} {rule.title}", "", *(f"- **{name}**：{said}" for name, said in rows), ""])


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{PATH.name}: {len(RULES)} rules\n")
