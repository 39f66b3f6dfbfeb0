"""The broadcasts: a list, and what became of each."""

import re

import flask
from google.cloud.firestore import Client
from werkzeug.exceptions import NotFound

from tsunagu.broadcasts import store
from tsunagu.broadcasts.rules import Kind, State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.residents.city import city
from tsunagu.staff.rules import Deed
from tsunagu.web.app import Pages
from tsunagu.web.filters import LANGUAGE_NAMES

ID = re.compile(r"(?!__)[A-Za-z0-9_-]{1,100}")
STATES = {
    State.DRAFT: ("下書き", "Draft", ""),
    State.WAITING: ("承認待ち", "Waiting for approval", ""),
    State.SCHEDULED: ("予約済み", "Scheduled", ""),
    State.FREEZING: ("対象を確定中", "Fixing the audience", "busy"),
    State.SENDING: ("配信中", "Sending", "busy"),
    State.PAUSED: ("一時停止中", "Paused", ""),
    State.SENT: ("配信済み", "Sent", "good"),
    State.WITHDRAWN: ("取りやめ", "Withdrawn", ""),
    State.EXPIRED: ("期限切れ", "Expired", ""),
    State.FAILED: ("失敗", "Failed", "bad"),
}
KINDS = {Kind.NEWS: ("お知らせ", "News"), Kind.LIFE_SAFETY: ("命を守る情報", "Life safety")}
ENDS = {
    "accepted": ("LINEが受け付けた", "accepted by LINE"),
    "refused": ("LINEが拒否した", "refused by LINE"),
    "withdrawn": ("送らなかった：取りやめ", "not sent: withdrawn"),
    "expired": ("送らなかった：期限切れ", "not sent: too late"),
    "stopped": ("送らなかった：配信停止", "not sent: asked to stop"),
    "erased": ("送らなかった：登録の消去", "not sent: erased themselves"),
}


def pages(db: Client) -> Pages:
    blueprint = flask.Blueprint("broadcasts", __name__, template_folder="templates")

    @blueprint.get("/broadcasts")
    def everything() -> str:
        return flask.render_template("broadcasts/list.html", broadcasts=store.every(db), states=STATES, kinds=KINDS)

    @blueprint.get("/broadcasts/<id>")
    def one(id: str) -> str:
        broadcast = store.get(db, id) if ID.fullmatch(id) else None
        if broadcast is None:
            raise NotFound
        return flask.render_template(
            "broadcasts/one.html",
            broadcast=broadcast,
            state=STATES[broadcast.state],
            kind=KINDS[broadcast.kind],
            to=_to(broadcast),
            languages=[
                (LANGUAGE_NAMES[language], broadcast.audience_by_language[language])
                for language in LANGUAGES
                if language in broadcast.audience_by_language
            ],
            ends=[(label, getattr(broadcast.totals, name)) for name, label in ENDS.items()] if broadcast.totals else [],
        )

    return Pages(blueprint, Deed.SEE_BROADCASTS, (("配信", "Broadcasts"), "broadcasts.everything"))


def _to(broadcast: Broadcast) -> list[tuple[tuple[str, str], str]]:
    """Whom it is for, group by group; empty for everyone."""
    to, known = broadcast.to, city()
    groups = (
        (("区", "wards"), [ward.label("ja") for ward in known.wards if ward.id in to.wards]),
        (("校区", "districts"), [district.label("ja") for district in known.districts if district.id in to.districts]),
        (("分野", "topics"), [topic.label("ja") for topic in known.topics if topic.id in to.topics]),
        (("言語", "languages"), [LANGUAGE_NAMES[language] for language in LANGUAGES if language in to.languages]),
    )
    return [(label, "、".join(names)) for label, names in groups if names]
