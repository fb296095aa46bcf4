"""Files by their content: what was handed in is stored once under its SHA-256 digest and never changes (APP-04)."""

import hashlib
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """A folder of files. A file that was acknowledged is on the disk, also after a loss of power."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes) -> str:
        """Store a file and give its digest, 64 hexadecimal digits."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
            _sync_folder(path.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """Give the file of this digest; raise `FileNotFoundError` where there is none."""
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError(digest)
        return self._path(digest).read_bytes()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
