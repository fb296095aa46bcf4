"""Invented people and companies with valid numbers, all marked as samples."""

from random import Random
from typing import Any

from services.kernel.identity_numbers import credit_check_character, id_check_character

_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红鑫波斌宇浩凯"
_TRADES = ("餐饮", "商贸", "建筑", "科技", "物流", "医药", "环保", "劳务", "食品", "机电")


def person(random: Random) -> dict[str, Any]:
    """Invent a person."""
    body = f"500101{random.randint(1955, 2003)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}{random.randint(0, 999):03d}"
    name = random.choice(_FAMILIES) + "".join(random.choice(_GIVEN) for _ in range(random.randint(1, 2)))
    return {"kind": "PERSON", "name": f"{name}（示例）", "number": body + id_check_character(body), "phone": _phone(random)}


def company(random: Random) -> dict[str, Any]:
    """Invent a company with an agent."""
    body = f"91500101{''.join(random.choice('0123456789ABCDEFGHJKLMNPQRTUWXY') for _ in range(9))}"
    agent = person(random)
    name = random.choice(_GIVEN) + random.choice(_GIVEN) + random.choice(_TRADES)
    return {
        "kind": "LEGAL_PERSON",
        "name": f"示例区{name}有限公司（示例）",
        "number": body + credit_check_character(body),
        "phone": _phone(random),
        "agent_name": agent["name"],
        "agent_number": agent["number"],
    }


def _phone(random: Random) -> str:
    return f"000{random.randint(10_000_000, 99_999_999)}"
