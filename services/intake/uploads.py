"""What a file is, by its content and not by its name (APP-04); too large or of another type, it is refused and nothing is stored."""

from dataclasses import dataclass
from pathlib import PurePath

import filetype

from services.chassis.files import FileStore
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


def store(files: FileStore, filename: str, content: bytes) -> StoredFile:
    """Store an uploaded file; raise `Invalid` where it is empty, too large or of a type that is not accepted."""
    name = PurePath(filename.replace("\\", "/")).name[:120] or "未命名"
    if not content:
        raise Invalid("file-empty", f"文件 {name} 是空的。", "APP-04")
    if len(content) > LARGEST:
        raise Invalid("file-too-large", f"文件 {name} 超过 {LARGEST >> 20} MB。", "APP-04")
    media_type = filetype.guess_mime(content[:8192])
    if media_type not in ACCEPTED:
        raise Invalid("file-type-wrong", f"文件 {name} 的内容不是可接受的类型，请上传 {'、'.join(ACCEPTED.values())}。", "APP-04")
    return StoredFile(name, media_type, len(content), files.put(content))


def describe(files: FileStore, digest: str, filename: str) -> StoredFile:
    """Say what a stored file is, read from the file itself; raise `Invalid` where there is none."""
    try:
        content = files.get(digest)
    except FileNotFoundError as error:
        raise Invalid("file-unknown", "没有找到已经上传的文件，请重新上传。", "APP-04") from error
    return StoredFile(PurePath(filename).name[:120] or "未命名", filetype.guess_mime(content[:8192]) or "", len(content), digest)
