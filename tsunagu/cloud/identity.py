"""Who is asking: Identity-Aware Proxy's signed header, verified.

IAP lets nobody through without signing in, but a service can also be reached past it, so only the signature counts.
https://cloud.google.com/iap/docs/signed-headers-howto
"""

import re
from dataclasses import dataclass

import jwt

from tsunagu.cloud.logs import Loggable

HEADER = "X-Goog-IAP-JWT-Assertion"
ISSUER = "https://cloud.google.com/iap"
KEYS_URL = "https://www.gstatic.com/iap/verify/public_key-jwk"
KEYS_KEPT = 3600  # seconds; a key not known yet is looked up at once
SKEW = 30  # seconds Google allows its clocks to differ
TIMEOUT = 5  # seconds

_ADDRESS = re.compile(r"[^@\s/]+@[^@\s/]+")


class NotIdentified(Exception):
    """The request does not show who is asking; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysUnreachable(Exception):
    """Nobody can be verified for now."""


class WrongSettings(Loggable):
    pass


@dataclass(frozen=True, kw_only=True)
class StaffSettings:
    """What every staff service reads; its own settings class inherits it. Without an audience everybody is refused."""

    google_cloud_project: str
    staff_audience: str = ""
    staff_keys_url: str = ""
    firestore_emulator_host: str = ""

    def __post_init__(self) -> None:
        if self.staff_keys_url and not self.firestore_emulator_host:
            raise WrongSettings("STAFF_KEYS_URL is for the local city: it needs FIRESTORE_EMULATOR_HOST beside it")


class Verifier:
    """Checks signed headers against the keys at `keys_url`, which are fetched when first needed and kept."""

    def __init__(self, audience: str, keys_url: str = "") -> None:
        self._audience = audience
        self._keys = jwt.PyJWKClient(keys_url or KEYS_URL, lifespan=KEYS_KEPT, timeout=TIMEOUT)

    def email(self, token: str | None) -> str:
        """The verified address in the value of HEADER, in lower case. Raises NotIdentified or KeysUnreachable."""
        if not self._audience:
            raise NotIdentified("STAFF_AUDIENCE is not set")
        if not token:
            raise NotIdentified("no signed header")
        try:
            claims = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=["ES256"],
                audience=self._audience,
                issuer=ISSUER,
                leeway=SKEW,
                options={"require": ["exp", "iat", "aud", "iss", "email"], "strict_aud": True},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise KeysUnreachable(str(error)) from error
        except jwt.PyJWTError as error:
            raise NotIdentified(type(error).__name__) from error
        address = claims["email"]
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise NotIdentified("no address in the signed header")
        return address.lower()
