"""The console's pages of audiences: those saved under a name, and uploaded lists of user ids."""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import flask
import yaml
from google.cloud.firestore import Client
from werkzeug.exceptions import NotFound

from tsunagu.audiences import store, upload
from tsunagu.audiences.counted import Counted, counted
from tsunagu.audiences.definition import Known, To
from tsunagu.audiences.form import AT, PLACES, NotForTheForm, audience, choices, fields_of
from tsunagu.audiences.roster import RosterKeeper
from tsunagu.audiences.rules import NAME
from tsunagu.audiences.words import described
from tsunagu.cloud.definitions import Fault, WrongFile, loads
from tsunagu.cloud.outcomes import Rejected
from tsunagu.residents.city import city
from tsunagu.staff.rules import Deed
from tsunagu.web.app import Pages, member
from tsunagu.web.forms import Form, typed

UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes: 300,000 ids
WATCHED = "#to"  # what the size depends on in the form
TITLE_LIMIT = 100
SHOWN_AT = re.compile(rf"title|yaml|{PLACES}")
LABELS = {"title": "題名", "yaml": "YAML", AT: "当てはまる人"}
Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True)
class Room:
    """What the pages stand on."""

    db: Client
    roster: RosterKeeper

    def written(self, form: Form) -> To:
        """Raises WrongFile."""
        known = Known(city(), store.by_name(self.db), [one.name for one in store.lists(self.db)])
        text = form.value("yaml") if "yaml" in form.typed else json.dumps(audience(form), ensure_ascii=False)
        return loads(text, To, context=known)

    def size(self, form: Form) -> tuple[Counted | None, str]:
        try:
            return counted(self.roster, self.written(form), urgent=False)
        except WrongFile as wrong:
            return None, wrong.faults[0].says


def pages(db: Client, roster: RosterKeeper) -> Pages:
    blueprint, room = flask.Blueprint("audiences", __name__, template_folder="templates"), Room(db, roster)

    @blueprint.get("/audiences")
    def everything() -> str:
        return _everything(room)

    @blueprint.route("/audiences/new", methods=["GET", "POST"])
    def new() -> Answer:
        return _one(room, None)

    @blueprint.route("/audiences/saved/<name>", methods=["GET", "POST"])
    def one(name: str) -> Answer:
        found = store.get(db, name)
        if found is None:
            raise NotFound
        return _one(room, found)

    @blueprint.post("/audiences/saved/<name>/delete")
    def delete(name: str) -> Answer:
        return _deleted(lambda by: store.delete(db, name, by, _now()))

    @blueprint.post("/audiences/lists")
    def add_list() -> Answer:
        flask.request.max_content_length = UPLOAD_LIMIT
        form, file = typed(flask.request.form.lists()), flask.request.files.get("file")
        name = form.value("list").strip() or f"list-{secrets.token_hex(3)}"
        title = form.value("list-title").strip()[:TITLE_LIMIT]
        if file is None or not file.filename:
            return _everything(room, form, "ファイルを選んでください。 Choose a file."), 422
        try:
            done = upload.upload(db, name, title or name, file.read(), member().email, _now())
        except Rejected as error:
            return _everything(room, form, error.reason), 422
        return _everything(room, uploaded=(title or name, name, done))

    @blueprint.post("/audiences/lists/<name>/delete")
    def delete_list(name: str) -> Answer:
        if not NAME.fullmatch(name):
            raise NotFound
        return _deleted(lambda by: upload.delete(db, name, by, _now()))

    @blueprint.post("/audiences/size")
    def size() -> str:
        found, why = room.size(typed(flask.request.form.lists()))
        address = flask.url_for("audiences.size")
        return flask.render_template("audiences/size.html", size=found, why=why, live=WATCHED, size_address=address)

    write = Deed.WRITE_BROADCASTS
    asks = {"audiences.new": write, "audiences.one": write}  # also to look: nothing else is done there
    return Pages(blueprint, Deed.SEE_BROADCASTS, (("配信対象", "Audiences"), "audiences.everything"), write, asks)


def _everything(
    room: Room, form: Form | None = None, refused: str = "", uploaded: tuple[str, str, upload.Uploaded] | None = None
) -> str:
    titles = store.titles(room.db)
    return flask.render_template(
        "audiences/list.html",
        saved=[(each, described(each.audience, False, "ja", titles)) for each in store.saved(room.db)],
        lists=store.lists(room.db),
        form=form or Form({}),
        refused=refused,
        uploaded=uploaded,
        done=flask.request.args.get("done", ""),
    )


def _one(room: Room, saved: store.Saved | None) -> Answer:
    if flask.request.method == "GET":
        return _show(room, saved, _opened(saved))
    form = typed(flask.request.form.lists())
    try:
        whom, title = room.written(form), _title(form)
        if flask.request.form.get("do") != "save":
            return _show(room, saved, form, checked=True)
        name = saved.name if saved else form.value("name").strip() or f"audience-{secrets.token_hex(3)}"
        version = flask.request.form.get("version", 0, type=int)  # 0: only where there is none
        store.save(room.db, name, title, whom, member().email, _now(), version)
    except WrongFile as wrong:
        return _show(room, saved, form, [_placed(form, fault) for fault in wrong.faults]), 422
    except Rejected as error:
        return _show(room, saved, form, [Fault(0, "", error.reason)]), 422
    return flask.redirect(flask.url_for("audiences.everything", done="saved"), 303)


def _title(form: Form) -> str:
    title = form.value("title").strip()
    if not title:
        raise WrongFile([Fault(0, "title", "is required")])
    return title[:TITLE_LIMIT]


def _placed(form: Form, fault: Fault) -> Fault:
    """Where the page shows it: the expression is only a part of the form."""
    if fault.field == "title":
        return fault
    if "yaml" in form.typed:
        at = ": ".join(filter(None, [f"line {fault.line}" if fault.line else "", fault.field]))
        return replace(fault, field="yaml", says=f"{at}: {fault.says}" if at else fault.says)
    return replace(fault, field=f"{AT}.{fault.field}" if fault.field else AT)


def _opened(saved: store.Saved | None) -> Form:
    """As boxes, or where they cannot show it as YAML."""
    as_yaml = "yaml" in flask.request.args
    given = saved.audience.to_document() if saved else {}
    title = {"title": (saved.title,)} if saved else {}
    try:
        if not as_yaml:
            return Form({**title, **fields_of(given)})
    except NotForTheForm:
        pass
    return Form({**title, "yaml": (yaml.safe_dump(given, allow_unicode=True, sort_keys=False),)})


def _show(
    room: Room, saved: store.Saved | None, form: Form, faults: Sequence[Fault] = (), checked: bool = False
) -> str:
    faulty = form.faulty(faults, SHOWN_AT)
    size, why = room.size(form)
    return flask.render_template(
        "audiences/one.html",
        saved=saved,
        form=faulty,
        faults=[
            (place, LABELS.get(place, ""), says) for place, all_of_it in faulty.faults.items() for says in all_of_it
        ],
        version=flask.request.form.get("version") or (saved.version if saved else 0),
        about=choices(room.db),
        size=size,
        why=why,
        live=WATCHED,
        size_address=flask.url_for("audiences.size"),
        checked=checked,
    )


def _deleted(what: Callable[[str], None]) -> Answer:
    what(member().email)
    return flask.redirect(flask.url_for("audiences.everything", done="deleted"), 303)


def _now() -> datetime:
    return datetime.now(UTC)
