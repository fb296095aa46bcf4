"""What is wrong with a field, in words that whoever filled it in understands; pydantic says it in English."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.chassis.fields import field_name

_MESSAGES = {
    "missing": "必须填写",
    "missing_argument": "必须填写",
    "extra_forbidden": "没有这一项，请去掉",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "date_type": "应为日期，如 2026-03-02",
    "date_parsing": "应为日期，如 2026-03-02",
    "date_from_datetime_parsing": "应为日期，如 2026-03-02",
    "date_from_datetime_inexact": "应为日期，不带时刻",
    "datetime_type": "应为日期和时刻，如 2026-03-02T09:05:00+08:00",
    "datetime_parsing": "应为日期和时刻，如 2026-03-02T09:05:00+08:00",
    "datetime_from_date_parsing": "应为日期和时刻，如 2026-03-02T09:05:00+08:00",
    "timezone_aware": "时刻应带时区，如 +08:00",
    "uuid_type": "编号格式不正确",
    "uuid_parsing": "编号格式不正确",
    "enum": "不在可选范围内：{expected}",
    "literal_error": "不在可选范围内：{expected}",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "union_tag_invalid": "不在可选范围内：{expected_tags}",
    "union_tag_not_found": "必须填写 {discriminator}",
}
_OTHERWISE = "填写的内容不符合要求"


def field_of(error: Mapping[str, Any]) -> str:
    """Give the field that an error of pydantic is about, as a path with dots; `body` for the whole of it."""
    place = error["loc"]
    return ".".join(str(part) for part in place[1:]) or str(place[0])


def message_of(error: Mapping[str, Any], say: Callable[[str], str] = str) -> str:
    """Give the message for an error of pydantic; `say` gives what a possible value is called.

    What our own validators raise as ValueError is for people already.
    """
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"]) if "error" in context else _OTHERWISE
    possible = re.split(", | or ", str(context.get("expected", "")).replace("'", ""))
    return _MESSAGES.get(error["type"], _OTHERWISE).format(**{**context, "expected": "、".join(say(one) for one in possible)})


def listed(errors: Iterable[Mapping[str, Any]]) -> str:
    """Say in one sentence what is wrong with a document, to somebody who mends it: each field by its name and its path."""
    paths = [(".".join(str(part) for part in one["loc"]), one) for one in errors]
    return "；".join(f"{field_name(path)}（{path}）{message_of(one)}" for path, one in paths)
