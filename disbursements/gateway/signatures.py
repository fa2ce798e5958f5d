"""Signed messages (RFC 9421) with the digest of their body (RFC 9530): reading them, and writing them for doubles."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

COVERED = frozenset({"@method", "@path", "content-digest"})  # without these a signature proves too little
OLDEST, AHEAD = 300, 60  # seconds a signature may be old, and its clock ahead of ours
RAW = 64  # bytes of two plain numbers of P-256, as the RFC writes them; other lengths are DER
_INPUT = re.compile(r'\s*([a-z*][\w.*-]*)=(\(([^()]*)\)((?:;[a-z-]+=(?:"[^"]*"|\d+))*))')
_SIGNATURE = re.compile(r"\s*([a-z*][\w.*-]*)=:([A-Za-z0-9+/=]*):")
_PARAM = re.compile(r';([a-z-]+)=(?:"([^"]*)"|(\d+))')
_DIGEST = re.compile(r"(sha-256|sha-512)=:([A-Za-z0-9+/=]+):")


@dataclass(frozen=True)
class _Signed:
    names: tuple[str, ...]
    params: str  # as they came: they are signed letter by letter
    values: Mapping[str, str]
    signature: bytes


def read_key(text: str) -> PublicKey:
    """A public key from one line: base64 of its SubjectPublicKeyInfo. Raises ValueError."""
    key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    if isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        return key
    raise ValueError("neither Ed25519 nor an elliptic curve")


def is_genuine(raw: bytes, headers: Mapping[str, str], keys: Iterable[PublicKey], *, now: int) -> bool:
    """Whether one of the keys signed just this message, not long ago."""
    signed = _read(headers)
    if signed is None or not set(signed.names) >= COVERED or not _fresh(signed.values, now):
        return False
    if not has_digest(raw, headers.get("content-digest", "")):
        return False
    try:
        base = signature_base(signed.names, signed.params, headers)
    except KeyError:
        return False
    return any(_verifies(key, signed.signature, base) for key in keys)


def _read(headers: Mapping[str, str]) -> _Signed | None:
    described = _INPUT.match(headers.get("signature-input", ""))
    found = _SIGNATURE.match(headers.get("signature", ""))
    if not (described and found and described[1] == found[1]):
        return None
    names = tuple(part.strip('"') for part in described[3].split())
    values = {name: quoted or plain for name, quoted, plain in _PARAM.findall(described[4])}
    try:
        return _Signed(names, described[2], values, base64.b64decode(found[2], validate=True))
    except binascii.Error:
        return None


def _fresh(values: Mapping[str, str], now: int) -> bool:
    created, expires = values.get("created", ""), values.get("expires", "")
    if not created.isdigit() or not (now - OLDEST <= int(created) <= now + AHEAD):
        return False
    return not expires or (expires.isdigit() and int(expires) >= now)


def has_digest(raw: bytes, header: str) -> bool:
    """Whether the header tells the digest of this body, by each way it names that we know."""
    told = _DIGEST.findall(header)
    ways = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
    return bool(told) and all(base64.b64encode(ways[name](raw).digest()).decode() == value for name, value in told)


def digest_of(raw: bytes) -> str:
    """The header that tells the digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:"


def signature_base(names: Iterable[str], params: str, headers: Mapping[str, str]) -> bytes:
    """The text that is signed. Derived parts stand among the headers as `:method`, `:authority`, `:path`."""
    lines = []
    for name in names:
        key = ":" + name[1:] if name.startswith("@") else name
        value = headers[key].lower() if name == "@authority" else headers[key].strip()
        lines.append(f'"{name}": {value}')
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def _verifies(key: PublicKey, signature: bytes, base: bytes) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, base)
            return True
        if len(signature) == RAW:
            half = RAW // 2
            parts = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            signature = encode_dss_signature(*parts)
        key.verify(signature, base, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def key_from_seed(seed: str) -> ed25519.Ed25519PrivateKey:
    """A double's own key: the same seed gives the same key."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def public_line(key: ed25519.Ed25519PrivateKey) -> str:
    """The public half as one line, as `read_key` takes it."""
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


def sign(
    raw: bytes, parts: Mapping[str, str], key: ed25519.Ed25519PrivateKey, *, now: int, label: str = "sig-pp"
) -> dict[str, str]:
    """Headers of a signed message; `parts` are `:method`, `:authority`, `:path` and `content-type`."""
    headers = {**parts, "content-digest": digest_of(raw)}
    names = ("@method", "@authority", "@path", "content-digest", "content-type")
    quoted = " ".join(f'"{name}"' for name in names)
    params = f'({quoted});alg="ed25519";keyid="double:1";created={now};expires={now + OLDEST}'
    signature = base64.b64encode(key.sign(signature_base(names, params, headers))).decode()
    return {
        "Content-Type": parts["content-type"],
        "Content-Digest": headers["content-digest"],
        "Signature-Input": f"{label}={params}",
        "Signature": f"{label}=:{signature}:",
    }
