"""Every error that a caller can mend is a problem of RFC 9457: a code that never changes, a title and a detail that people can read."""

from http import HTTPStatus

from services.kernel.aggregate import Invalid, NotAllowed, Refusal


class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A refusal. `code` becomes the `type` (`urn:onewindow:problem:<code>`); further members go into the document as they are."""

    def __init__(self, status: int, code: str, title: str, detail: str = "", **members: object) -> None:
        super().__init__(f"{status} {code}: {detail or title}")
        self.status = HTTPStatus(status)
        self.code = code
        self.title = title
        self.detail = detail
        self.members = members
        self.headers: dict[str, str] = {}

    def document(self) -> dict[str, object]:
        """Give the body of `application/problem+json`."""
        document: dict[str, object] = {"type": f"urn:onewindow:problem:{self.code}", "title": self.title, "status": int(self.status)}
        if self.detail:
            document["detail"] = self.detail
        return {**document, **self.members}


def to_problem(refusal: Refusal) -> Problem:
    """Give the problem that a refused command is: 403 without authority, 422 for wrong content, 409 where the state forbids it."""
    status, title = 409, "现在不能这样办理"
    if isinstance(refusal, NotAllowed):
        status, title = 403, "无权办理"
    elif isinstance(refusal, Invalid):
        status, title = 422, "填写内容有误"
    members: dict[str, object] = {"article": refusal.article} if refusal.article else {}
    if isinstance(refusal, Invalid) and refusal.fields:
        members["errors"] = [{"field": field, "message": message} for field, message in refusal.fields.items()]
    return Problem(status, refusal.code, title, refusal.message, **members)
