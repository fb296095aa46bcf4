"""Uploaded files: named by their digest, by whoever uploaded them (APP-04)."""

from collections.abc import Collection
from datetime import datetime

from services.chassis.service import Service, Transaction, command
from services.chassis.storage.files import FileStore
from services.intake import uploads
from services.intake.uploads import StoredFile, Uploads
from services.kernel.actor import Actor


class FileCommands(Service):
    """The commands of files."""

    files: FileStore
    uploads: Uploads

    def store_file(self, filename: str, content: bytes, actor: Actor, now: datetime) -> StoredFile:
        """Store an uploaded file; it can be named by its digest by whoever uploaded it, and by nobody else (APP-04)."""
        stored = uploads.store(self.files, filename, content)
        self._note_upload(stored, actor, now)
        return stored

    @command
    def _note_upload(self, transaction: Transaction, stored: StoredFile, actor: Actor, now: datetime) -> None:
        transaction.change(self.uploads.noted(stored, actor.subject, now))

    def described_files(self, digests: Collection[str], actor: Actor) -> dict[str, StoredFile]:
        """Say what files are that the actor uploaded, by their digests; refuse any other digest."""
        return self.uploads.described(digests, actor.subject)
