"""What a file is, by its content and not by its name (APP-04); too large or of another type, it is refused and nothing is stored."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import PurePath

import filetype
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from services.chassis.storage.database import Change, Database, Instant, Upsert
from services.chassis.storage.files import FileStore
from services.chassis.storage.sharing import Sharing
from services.kernel.aggregate import Invalid

LARGEST = 20 << 20
ACCEPTED = {"application/pdf": "PDF", "image/jpeg": "JPEG 图片", "image/png": "PNG 图片"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was taken: its digest, and what it is."""

    filename: str
    media_type: str
    size: int
    digest: str

    def named(self, filename: str) -> "StoredFile":
        """Give it under a name that it was given later, where it was."""
        return replace(self, filename=_plain(filename or self.filename))


def store(files: FileStore, filename: str, content: bytes) -> StoredFile:
    """Store an uploaded file; raise `Invalid` where it is empty, too large or of a type that is not accepted."""
    name = _plain(filename)
    if not content:
        raise Invalid("file-empty", f"文件 {name} 是空的。", "APP-04")
    if len(content) > LARGEST:
        raise Invalid("file-too-large", f"文件 {name} 超过 {LARGEST >> 20} MB。", "APP-04")
    media_type = filetype.guess_mime(content[:8192])
    if media_type not in ACCEPTED:
        raise Invalid("file-type-wrong", f"文件 {name} 的内容不是可接受的类型，请上传 {'、'.join(ACCEPTED.values())}。", "APP-04")
    return StoredFile(name, media_type, len(content), files.put(content))


def table(metadata: MetaData) -> None:
    """Define who uploaded what: no view, since an upload is no event of any aggregate."""
    Table(
        "uploads",
        metadata,
        Column("digest", String, primary_key=True),
        Column("subject", String, primary_key=True),
        Column("filename", String, nullable=False),
        Column("media_type", String, nullable=False),
        Column("size", Integer, nullable=False),
        Column("uploaded", Instant, nullable=False),
    )


class Uploads:
    """Who uploaded what."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._uploads = database.table("uploads")
        self._questions = Sharing(self._described)

    def noted(self, stored: StoredFile, subject: str, now: datetime) -> Change:
        """Note who uploaded a file."""
        return Upsert(self._uploads, {**asdict(stored), "subject": subject, "uploaded": now})

    def described(self, digests: Collection[str], subject: str) -> dict[str, StoredFile]:
        """Say by their digests what files are; raise `Invalid` where one is not among those that this subject uploaded."""
        files = self._questions.ask((digests, subject)) if digests else {}
        if files.keys() != set(digests):
            raise Invalid("file-unknown", "没有找到您上传的文件，请重新上传。", "APP-04")
        return files

    def _described(self, asked: Sequence[tuple[Collection[str], str]]) -> list[dict[str, StoredFile]]:
        columns = self._uploads.c
        query = select(columns.filename, columns.media_type, columns.size, columns.digest, columns.subject).where(
            columns.digest.in_({digest for digests, _ in asked for digest in digests}), columns.subject.in_({subject for _, subject in asked})
        )
        with self._database.reading.connect() as connection:
            found = {(row.digest, row.subject): StoredFile(*row[:4]) for row in connection.execute(query)}
        return [{digest: found[digest, subject] for digest in digests if (digest, subject) in found} for digests, subject in asked]


def _plain(filename: str) -> str:
    """Give a file's name without folders, and not too long."""
    return PurePath(filename.replace("\\", "/")).name[:120] or "未命名"
