"""Uploaded files: named by their digest, by whoever uploaded them (APP-04)."""

from collections.abc import Collection
from datetime import datetime

from services.chassis.files import FileStore
from services.chassis.service import Service, Transaction, command
from services.intake import uploads
from services.kernel.actor import Actor


class FileCommands(Service):
    """The commands of files."""

    files: FileStore

    def store_file(self, filename: str, content: bytes, actor: Actor, now: datetime) -> uploads.StoredFile:
        """Store an uploaded file; it can be named by its digest by whoever uploaded it, and by nobody else (APP-04)."""
        stored = uploads.store(self.files, filename, content)
        self._note_upload(stored, actor, now)
        return stored

    @command
    def _note_upload(self, transaction: Transaction, stored: uploads.StoredFile, actor: Actor, now: datetime) -> None:
        transaction.change(uploads.noted(self.database, stored, actor.subject, now))

    def described_files(self, digests: Collection[str], actor: Actor) -> dict[str, uploads.StoredFile]:
        """Say what files are that the actor uploaded, by their digests; refuse any other digest."""
        return uploads.uploaded(self.database, digests, actor.subject)
