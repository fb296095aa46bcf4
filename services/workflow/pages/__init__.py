"""Pages of workflow: the desk, a case with all that can be done with it, notices to print, and the officers' authority."""

from fastapi import APIRouter

from services.workflow.pages import actions, authorities, case, desk, material, public, withdrawal

router = APIRouter()
for part in (desk, case, actions, material, withdrawal, authorities, public):
    router.include_router(part.router)
