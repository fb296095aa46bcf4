"""Every error that a caller can mend is a problem of RFC 9457: a code that never changes, a title and a detail that people can read."""

from http import HTTPStatus


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
