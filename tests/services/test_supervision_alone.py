"""Supervision learns by events alone: it imports nothing of the other services, and is given nothing by which it could call them (SUP-22)."""

import ast
import inspect
from pathlib import Path

from services.notification.wording import templates
from services.supervision import application
from services.supervision.application import Supervision
from services.supervision.sentences import told

HERE = Path(application.__file__).parent
OTHERS = ("services.intake", "services.workflow", "services.certificates", "services.notification", "services.identity", "services.console")
CALLERS = ("httpx", "requests", "urllib.request", "http.client", "socket", "aiohttp", "subprocess")


def imported(path: Path) -> set[str]:
    """Give every module that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_supervision_imports_no_other_service_and_nothing_that_calls() -> None:
    """Given every file of supervision, none imports another service or a client."""
    files = list(HERE.rglob("*.py"))
    assert len(files) > 10
    for path in files:
        names = imported(path)
        wrong = [name for name in names for other in (*OTHERS, *CALLERS) if name == other or name.startswith(f"{other}.")]
        assert not wrong, f"{path.name} imports {wrong}"


def test_supervision_is_given_a_database_a_calendar_the_time_and_a_key() -> None:
    """Given how supervision is made, there is nobody among its parts whom it could ask."""
    assert list(inspect.signature(Supervision.__init__).parameters) == ["self", "database", "calendars", "now", "sealer"]


def test_the_history_names_each_message_as_notification_does() -> None:
    """Given the templates of notification, which supervision may not read, the history of a case calls each message by its name."""
    assert {name: told(name) for name in templates()} == {name: template.name for name, template in templates().items()}
