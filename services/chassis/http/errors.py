"""Every error becomes a problem of RFC 9457: as a document for programs, as a Chinese page for people; causes stay in the log."""

import logging
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from services.chassis.auth import InvalidToken, ProviderUnreachable, SignInNeeded, access_of
from services.chassis.auth.access import SESSION_COOKIE
from services.chassis.problems import Problem, to_problem
from services.chassis.service import NotFound
from services.chassis.validation import field_of, message_of
from services.chassis.web.pages import Pages
from services.chassis.web.words import word
from services.kernel.aggregate import Refusal

logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
_KNOWN = {
    400: ("request-wrong", "请求不正确", "请求的内容读不出来。"),
    404: ("not-found", "没有找到", "没有这个页面或这条记录，请检查地址是否完整。"),
    405: ("method-wrong", "不支持这种请求", "这个地址不接受这种请求方法。"),
}


def add_error_handlers(app: FastAPI) -> None:
    """Answer whatever is raised in an application with a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(NotFound, _on_not_found)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)


def wants_page(request: Request) -> bool:
    """Say whether a person in a browser asks, and no program: HTML is accepted, and not after JSON."""
    accepted = request.headers.get("accept", "")
    page = accepted.find("text/html")
    document = accepted.find("json")
    return page >= 0 and (document < 0 or page < document)


def answer_problem(request: Request, problem: Problem) -> Response:
    """Give a problem as a page to a browser, as `application/problem+json` to a program."""
    trace: str = getattr(request.state, "trace", "")
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if wants_page(request):
        _recall_actor(request)
        pages: Pages = request.app.state.pages
        answer: Response = pages.render(request, "problem.html", status=problem.status, problem=problem, trace=trace)
        answer.headers.update(headers)
        return answer
    return JSONResponse({**problem.document(), "trace": trace}, problem.status, media_type=PROBLEM, headers=headers)


def unexpected(request: Request, error: Exception) -> Problem:
    """Log what nobody expected, and give a problem that tells no more of it than the number to ask for."""
    trace = getattr(request.state, "trace", "")
    logger.error("unexpected error, trace %s", trace, exc_info=error)
    return Problem(500, "unexpected", "系统错误", f"系统出现意外错误，已经记录。请稍后再试，联系技术人员时请提供编号 {trace}。")


def _recall_actor(request: Request) -> None:
    """Say who is signed in where the error came before the rule of any endpoint: the page's frame shows it."""
    token = request.cookies.get(SESSION_COOKIE)
    if hasattr(request.state, "actor") or not token:
        return
    try:
        request.state.actor = access_of(request).verifier.verify(token)
    except (InvalidToken, ProviderUnreachable):
        request.state.actor = None


def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)  # noqa: S101 - what the handler is registered for
    if isinstance(problem, SignInNeeded) and wants_page(request) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{request.scope.get('root_path', '')}/session/login?{urlencode({'next': here})}", 303)
    return answer_problem(request, problem)


def _on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101
    return answer_problem(request, to_problem(refusal))


def _on_not_found(request: Request, _: Exception) -> Response:
    return answer_problem(request, Problem(404, "not-found", "没有找到", "没有这条记录，或者它不属于您。"))


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    listed = error.errors()
    if any(one["type"] == "json_invalid" for one in listed):
        return answer_problem(request, Problem(400, "no-json", "请求不是 JSON", "请求正文不是正确的 JSON。"))
    kind = request.headers.get("content-type", "")
    if kind and "json" not in kind and any(tuple(one["loc"]) == ("body",) and one["type"] != "missing" for one in listed):
        return answer_problem(request, Problem(415, "media-type-wrong", "内容类型不正确", "请以 application/json 提交。"))
    say = word if wants_page(request) else str
    errors = [{"field": field_of(one), "message": message_of(one, say)} for one in listed]
    return answer_problem(request, Problem(422, "content-wrong", "填写内容有误", "请改正所列各项后重新提交。", errors=errors))


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    code, title, detail = _KNOWN.get(error.status_code, ("http-error", "请求不能处理", ""))
    problem = Problem(error.status_code, code, title, detail)
    problem.headers = dict(error.headers or {})
    return answer_problem(request, problem)
