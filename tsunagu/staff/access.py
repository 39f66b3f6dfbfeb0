"""The door of every staff page: who is asking, and may they."""

from google.cloud import firestore

from tsunagu.cloud.identity import NotIdentified, Verifier
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff import store
from tsunagu.staff.rules import Deed, Role, may, roles_for
from tsunagu.staff.store import Member

NAMED = 3  # administrators named on a page of refusal


class Refused(Exception):
    """Says why in Japanese and in English; `ask` are the people who can change it.

    `who` is the verified address, empty where there is none: only the signed-in are told whom to ask.
    """

    def __init__(self, says: tuple[str, str], reason: str, who: str = "", ask: list[Member] | None = None) -> None:
        super().__init__(reason)
        self.says = says
        self.reason = reason
        self.who = who
        self.ask = ask or []


def require(db: firestore.Client, email: str, deed: Deed) -> Member:
    """The member of that address, who may do it; raises Rejected, with a sentence for the command line."""
    member = store.read(db, email) if email and "/" not in email else None
    if member is not None and may(member.roles, deed):
        return member
    roles = " or ".join(role.value for role in roles_for(deed))
    if member is None and not store.everyone(db):
        raise Rejected("the city has no staff yet: add someone with `tsunagu staff add ADDRESS --role admin`")
    who = f"'{email}' is not of the city's staff" if member is None else f"'{email}' has no such role"
    raise Rejected(f"{who}: to {deed.value} needs the role of {roles} (`tsunagu staff add` gives it)")


class Door:
    def __init__(self, verifier: Verifier, db: firestore.Client) -> None:
        self._verifier = verifier
        self._db = db

    def admit(self, token: str | None, deed: Deed) -> Member:
        """The member who is asking, by the signed header of the request.

        Raises Refused, or identity.KeysUnreachable while nobody can be verified. Roles are read at every request, so
        that one taken away is gone at once.
        """
        try:
            email = self._verifier.email(token)
        except NotIdentified as unknown:
            says = (
                "どなたか確認できませんでした。市のアカウントでログインし直してください。",
                "We could not tell who you are. Please sign in again with your city account.",
            )
            raise Refused(says, unknown.reason) from unknown
        member = store.read(self._db, email)
        if member is None or not may(member.roles, deed):
            raise Refused(_missing(deed), "no such role", email, store.admins(self._db, NAMED))
        return member


def _missing(deed: Deed) -> tuple[str, str]:
    roles: list[Role] = roles_for(deed)
    sees = deed.value.startswith("see ")
    ja, en = ("この画面を見る", "This page needs") if sees else ("この操作をする", "To do this you need")
    return (
        f"{ja}には「{'」か「'.join(role.label[0] for role in roles)}」の役割が必要です。",
        f"{en} the role of {' or '.join(role.label[1] for role in roles)}.",
    )
