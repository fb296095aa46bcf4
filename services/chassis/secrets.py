"""Keys that a deployment makes for itself at its first start and keeps in files that only it can read."""

import os
import secrets as random
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import ECKey

KEY_BYTES = 32


class Secrets:
    """A folder of keys, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def key(self, name: str) -> bytes:
        """Give the symmetric key of this name, 32 bytes."""
        return self._kept(self._folder / f"{name}.key", lambda: random.token_bytes(KEY_BYTES))

    def signing_key(self, name: str) -> ECKey:
        """Give the signing key of this name (P-256, for ES256), with its thumbprint as key id."""
        pem = self._kept(self._folder / f"{name}.pem", lambda: ECKey.generate_key("P-256").as_pem(private=True))
        key = ECKey.import_key(pem)
        return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"})

    def sealing_key(self, name: str) -> ECKey:
        """Give the key of this name with which others seal something for us (P-256, for ECDH-ES)."""
        pem = self._kept(self._folder / f"{name}.pem", lambda: ECKey.generate_key("P-256").as_pem(private=True))
        return ECKey.import_key(pem)

    @staticmethod
    def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
        if not path.exists():
            draft = path.with_suffix(f".{os.getpid()}.draft")
            draft.touch(mode=0o600)
            draft.write_bytes(make())
            try:
                # Whoever links first wins: two processes that start at once end with one key.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_bytes()
