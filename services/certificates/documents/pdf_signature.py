"""The signature inside a PDF (PAdES), which usual viewers show: whoever has the file alone sees who signed it, and that no byte was altered since (CER-01)."""

from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys, pem, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from services.certificates.documents.authority import Authority
from services.certificates.documents.signing import BadSignature

FIELD = "Signature"


def sign_pdf(document: bytes, authority: Authority, name: str, moment: datetime) -> bytes:
    """Give the document with a signature that certifies it and allows no change; `name` is shown as the one who signed.

    The file differs at each signing, as the signature itself does: keep what was made.
    """
    root = _certificate(authority.root_pem)
    known: SimpleCertificateStore = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    known.register(root)
    private = authority.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = x509.Certificate.load(authority.certificate.public_bytes(serialization.Encoding.DER))
    signer = SimpleSigner(signing_cert=certificate, signing_key=keys.PrivateKeyInfo.load(private), cert_registry=known, embed_roots=False)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        name=name,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signed: BytesIO = _SignerAt(moment, metadata, signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(document)))
    return signed.getvalue()


def verify_pdf(document: bytes, root_pem: bytes, moment: datetime) -> str:
    """Give the address in the code of a signed document; raise `BadSignature` unless it is signed under this root, whole and unaltered.

    Every byte of the document counts; of the signature's own envelope (CMS) a few do not, such as the writing of its version.
    """
    try:
        return _address(PdfFileReader(BytesIO(document)), ValidationContext(trust_roots=[_certificate(root_pem)], moment=moment, allow_fetching=False))
    except BadSignature:
        raise
    except Exception as error:  # a broken file makes the reader fail in any way, and each means the same
        raise BadSignature(f"the document cannot be read as a signed PDF: {error}") from error


def _address(reader: PdfFileReader, context: ValidationContext) -> str:
    signatures = reader.embedded_signatures
    if len(signatures) != 1:
        raise BadSignature(f"the document has {len(signatures)} signatures, not one")
    status = validate_pdf_signature(signatures[0], context)
    if not status.bottom_line or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise BadSignature(f"the signature in the document does not hold: {status.summary()}")
    return str(reader.trailer["/Info"]["/Keywords"])


class _SignerAt(PdfSigner):
    """Signs at a moment that is given, not at that of the machine."""

    def __init__(self, moment: datetime, metadata: PdfSignatureMetadata, signer: SimpleSigner) -> None:
        super().__init__(metadata, signer)
        self._moment = moment

    def init_signing_session(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - the library's own
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self._moment
        return session


def _certificate(encoded: bytes) -> x509.Certificate:
    _, _, der = pem.unarmor(encoded)
    return x509.Certificate.load(der)
