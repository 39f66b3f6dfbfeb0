"""The people of the local city's staff, and what signs for them in the place of Identity-Aware Proxy."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.cloud import firestore
from jwt.algorithms import ECAlgorithm

from tsunagu.cloud.identity import ISSUER
from tsunagu.staff import store
from tsunagu.staff.rules import Role

AUDIENCE = "/projects/1/locations/local/services/city"
SIGNED_FOR = timedelta(minutes=10)  # as IAP's own
ADDED_BY = "local city"


@dataclass(frozen=True)
class Person:
    """`word` names the person's token in the ready line; `can` is in Japanese and in English."""

    word: str
    email: str
    name: str
    english: str
    can: tuple[str, str]
    role: Role | None


PEOPLE = (
    Person(
        "admin", "admin@city.example", "管理者", "Administrator",
        ("すべての画面を見て、職員を管理します", "sees every page and looks after the staff"), Role.ADMIN,
    ),
    Person(
        "editor", "editor@city.example", "編集者", "Editor",
        ("配信を作り、その結果を見ます", "writes broadcasts and sees what became of them"), Role.EDITOR,
    ),
    Person(
        "approver", "approver@city.example", "承認者", "Approver",
        ("ほかの人の配信を承認し、緊急のときは一人で送ります", "approves what others wrote; alone in an emergency"),
        Role.APPROVER,
    ),
    Person(
        "analyst", "analyst@city.example", "分析者", "Analyst",
        ("アンケートの集計を見て、回答をダウンロードします", "reads survey reports and downloads the answers"),
        Role.ANALYST,
    ),
    Person(
        "visitor", "visitor@city.example", "役割のない人", "Someone without a role",
        ("ログインはできますが、何も見られません", "can sign in, and is shown nothing"), None,
    ),
)  # fmt: skip


def new_key() -> str:
    """An ES256 private key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Signer:
    """Signs who somebody is, as IAP does, with a key of the local city's own."""

    def __init__(self, key: str, audience: str = AUDIENCE) -> None:
        self._key = key
        self._audience = audience
        public = serialization.load_pem_private_key(key.encode(), None).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
        self._kid = point.hex()[:12]
        self._public: dict[str, Any] = json.loads(ECAlgorithm.to_jwk(public))

    def keys(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        return {"keys": [{**self._public, "alg": "ES256", "use": "sig", "kid": self._kid}]}

    def sign(self, email: str, now: datetime, lasts: timedelta = SIGNED_FOR) -> str:
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "email": email,
            "sub": f"accounts.google.com:{email}",
            "iat": now,
            "exp": now + lasts,
        }
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._kid})


def hire(db: firestore.Client, now: datetime) -> None:
    """Write down those who have a role."""
    for person in PEOPLE:
        if person.role is not None:
            store.add(db, person.email, person.name, [person.role], ADDED_BY, now)
