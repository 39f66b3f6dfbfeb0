"""Only a header that IAP signed for this very service says who somebody is."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from local.staff import AUDIENCE, Signer, new_key
from tests.tsunagu.office import keys_served
from tsunagu.cloud import settings
from tsunagu.cloud.identity import (
    ISSUER,
    KEYS_URL,
    SKEW,
    KeysUnreachable,
    NotIdentified,
    StaffSettings,
    Verifier,
    WrongSettings,
)

KEY = new_key()
SIGNER = Signer(KEY)
KID = SIGNER.keys()["keys"][0]["kid"]


@pytest.fixture(scope="module")
def keys_url() -> Iterator[str]:
    with keys_served(SIGNER) as url:
        yield url


@pytest.fixture
def verifier(keys_url: str) -> Verifier:
    return Verifier(AUDIENCE, keys_url)


def signed(key: Any = KEY, algorithm: str = "ES256", headers: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "email": "hanako@city.example",
        "sub": "accounts.google.com:1",
        "iat": now,
        "exp": now + 600,
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": KID} | (headers or {}))


def test_a_signed_header_gives_the_address_in_lower_case(verifier: Verifier) -> None:
    assert "hanako@city.example" == verifier.email(signed(email="Hanako@City.example"))


def test_the_signer_of_the_local_city_is_believed(verifier: Verifier) -> None:
    assert "admin@city.example" == verifier.email(SIGNER.sign("admin@city.example", datetime.now(UTC)))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "/projects/1/locations/local/services/another"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"exp": int(time.time()) - SKEW - 60},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"email": None},
        {"email": ""},
        {"email": 7},
        {"email": "../staff/admin@city.example"},
    ],
)
def test_a_wrong_claim_identifies_nobody(verifier: Verifier, changes: dict[str, Any]) -> None:
    with pytest.raises(NotIdentified):
        verifier.email(signed(**changes))


def test_another_key_under_the_known_name_identifies_nobody(verifier: Verifier) -> None:
    with pytest.raises(NotIdentified):
        verifier.email(signed(key=new_key()))


def test_an_unknown_key_identifies_nobody(verifier: Verifier) -> None:
    with pytest.raises(NotIdentified):
        verifier.email(signed(headers={"kid": "another"}))


def test_another_algorithm_identifies_nobody(verifier: Verifier) -> None:
    public = jwt.PyJWK(SIGNER.keys()["keys"][0]).key
    tries = [
        signed(key="", algorithm="none"),
        signed(key="a secret of more than thirty-two bytes", algorithm="HS256"),
        signed(key=rsa.generate_private_key(65537, 2048), algorithm="RS256"),
        signed(key=ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
    ]
    assert isinstance(public, ec.EllipticCurvePublicKey)
    for token in tries:
        with pytest.raises(NotIdentified):
            verifier.email(token)


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", signed()[:-4]])
def test_what_is_no_signed_header_identifies_nobody(verifier: Verifier, token: str | None) -> None:
    with pytest.raises(NotIdentified):
        verifier.email(token)


def test_without_an_audience_everybody_is_refused(keys_url: str) -> None:
    for claimed in ("", AUDIENCE):
        with pytest.raises(NotIdentified):
            Verifier("", keys_url).email(signed(aud=claimed))


def test_keys_are_fetched_once_and_kept() -> None:
    with keys_served(SIGNER) as url:
        verifier = Verifier(AUDIENCE, url)
        verifier.email(signed())
    assert "hanako@city.example" == verifier.email(signed())


def test_while_keys_cannot_be_fetched_nobody_is_verified_and_nobody_is_refused_for_good() -> None:
    with keys_served(SIGNER) as url:
        pass
    with pytest.raises(KeysUnreachable):
        Verifier(AUDIENCE, url).email(signed())


def test_keys_are_googles_unless_the_settings_say_otherwise() -> None:
    assert "https://www.gstatic.com/iap/verify/public_key-jwk" == KEYS_URL
    assert "" == settings.read(StaffSettings, {"GOOGLE_CLOUD_PROJECT": "p"}).staff_keys_url


def test_other_keys_are_taken_only_beside_the_emulator() -> None:
    wanted = {"GOOGLE_CLOUD_PROJECT": "p", "STAFF_KEYS_URL": "http://127.0.0.1:1/keys"}
    with pytest.raises(WrongSettings, match="STAFF_KEYS_URL"):
        settings.read(StaffSettings, wanted)
    beside = settings.read(StaffSettings, wanted | {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:2"})
    assert "http://127.0.0.1:1/keys" == beside.staff_keys_url


def test_a_clock_that_differs_a_little_is_forgiven(verifier: Verifier) -> None:
    late = datetime.now(UTC) - timedelta(seconds=SKEW // 2)
    assert "hanako@city.example" == verifier.email(signed(exp=int(late.timestamp())))
