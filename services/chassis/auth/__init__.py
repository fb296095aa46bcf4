"""Who calls, and whether they may: tokens of an OIDC provider, browser sessions, and a rule on every endpoint (SEC-01 to SEC-03)."""

from services.chassis.auth.access import Access, access_of, template_context
from services.chassis.auth.rules import Anyone, AnyProgram, Rule, SignedIn, SignInNeeded, allow, rules, same_department
from services.chassis.auth.session import VisitorMiddleware, session_router
from services.chassis.auth.tokens import InvalidToken, Provider, ProviderUnreachable, TokenVerifier

__all__ = [
    "Access",
    "AnyProgram",
    "Anyone",
    "InvalidToken",
    "Provider",
    "ProviderUnreachable",
    "Rule",
    "SignInNeeded",
    "SignedIn",
    "TokenVerifier",
    "VisitorMiddleware",
    "access_of",
    "allow",
    "rules",
    "same_department",
    "session_router",
    "template_context",
]
