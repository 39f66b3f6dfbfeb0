"""LINE's signature: base64 of HMAC-SHA256 over the raw bytes of the body, under the channel secret."""

import base64
import hmac


def sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def is_valid(secret: str, body: bytes, signature: str) -> bool:
    """Compared in constant time, as bytes: `compare_digest` raises on text that is not ASCII."""
    return hmac.compare_digest(sign(secret, body).encode(), signature.encode("utf-8", "surrogateescape"))
