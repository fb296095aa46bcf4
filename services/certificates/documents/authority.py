"""The certificates (X.509) behind the signatures in PDF files: a root of our own for a trial, or those that a deployment got from its authority."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

# Fixed days, and a signature without chance: the certificates follow from the keys alone and are the same at every start.
_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs PDF files: the private key, its certificate, and the root that vouches for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def root_pem(self) -> bytes:
        """The root's certificate, for whoever verifies."""
        return self.root.public_bytes(serialization.Encoding.PEM)


def embedded_authority(root_key: ECKey, signing_key: ECKey) -> Authority:
    """Give an authority of our own, for a trial and for tests: viewers show its signature once its root is trusted."""
    root_private, private = _private(root_key), _private(signing_key)
    root_name = _name("一窗内置根证书（示例）")
    usage = {"key_encipherment": False, "data_encipherment": False, "key_agreement": False, "encipher_only": False, "decipher_only": False}
    root = (
        _builder(root_name, root_name, root_private.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=False, content_commitment=False, key_cert_sign=True, crl_sign=True, **usage), critical=True)
        .sign(root_private, hashes.SHA256(), ecdsa_deterministic=True)
    )
    certificate = (
        _builder(_name("一窗证照签名（示例）"), root_name, private.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, key_cert_sign=False, crl_sign=False, **usage), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_private.public_key()), critical=False)
        .sign(root_private, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return Authority(private, certificate, root)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    # A serial number is positive and has at most 20 octets; the first bit is kept clear.
    serial = int.from_bytes(identifier.digest, "big") >> 1
    builder = x509.CertificateBuilder(issuer, subject, key, serial, _FROM, _UNTIL)
    return builder.add_extension(identifier, critical=False)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _private(key: ECKey) -> ec.EllipticCurvePrivateKey:
    private = serialization.load_pem_private_key(key.as_pem(private=True), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError("the key of an authority is a private key on an elliptic curve")
    return private
