"""Who was granted the authority to sign, and until when it holds (SEC-01)."""

import pytest

from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.workflow.domain.authority import EVERY_ITEM, Authority, authority_id
from tests.domain.workflow_cases import ACCEPTED, at

ADMINISTRATOR = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}), "planning")


def granted(role: Role = Role.HANDLER) -> Authority:
    """Give an authority of a handler of planning for every item."""
    return Authority.grant("handler", "示例承办人", "planning", EVERY_ITEM, role, ADMINISTRATOR, ACCEPTED)


def test_an_authority_is_one_for_each_officer_item_and_role() -> None:
    """Given the same officer, item and role, the id is the same; given another of them, it is not."""
    assert granted().id == authority_id("handler", EVERY_ITEM, Role.HANDLER)
    others = {authority_id("handler", "x", Role.HANDLER), authority_id("other", EVERY_ITEM, Role.HANDLER), authority_id("handler", EVERY_ITEM, Role.LEADER)}
    assert len(others | {granted().id}) == 4


def test_it_holds_in_the_department_it_was_granted_for() -> None:
    """Given an officer who moved to another department, the authority no longer covers him there."""
    assert granted().covers("planning")
    assert not granted().covers("health")
    assert not granted().covers(None)


def test_a_window_clerks_authority_goes_with_the_clerk() -> None:
    """Given a clerk, any window will do."""
    assert granted(Role.WINDOW_CLERK).covers("service-centre")


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.KIOSK])
def test_roles_that_sign_nothing_get_no_authority(role: Role) -> None:
    """Given a role that signs no stage, the grant is refused."""
    with pytest.raises(Invalid):
        granted(role)


def test_it_is_revoked_once_with_a_reason_and_may_be_granted_again() -> None:
    """Given a reason, it no longer holds; a second revocation is refused; granted again it holds, for the department of then."""
    authority = granted()
    with pytest.raises(Invalid):
        authority.revoke(" ", ADMINISTRATOR, at(3, 3))
    authority.revoke("调离", ADMINISTRATOR, at(3, 3))
    assert not authority.covers("planning")
    with pytest.raises(Refusal):
        authority.revoke("调离", ADMINISTRATOR, at(3, 4))
    authority.renew("示例承办人", "health", ADMINISTRATOR, at(3, 5))
    assert authority.covers("health")
    assert not authority.covers("planning")


def test_granting_what_holds_records_nothing() -> None:
    """Given an authority that holds for this department, granting it again changes nothing."""
    authority = granted()
    authority.collect_events()
    authority.renew("示例承办人", "planning", ADMINISTRATOR, at(3, 3))
    assert authority.collect_events() == []
