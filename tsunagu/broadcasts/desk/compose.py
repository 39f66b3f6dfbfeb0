"""Composing a broadcast: as a form, or as the YAML that the command takes. One definition decides about both."""

import json
from collections.abc import Callable
from typing import Any

import flask
import yaml

from tsunagu.audiences.form import NotForTheForm, choices
from tsunagu.broadcasts.definition import Definition, reads
from tsunagu.broadcasts.desk import pictures, wording
from tsunagu.broadcasts.desk import size as pages_size
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.desk.form import PLACES, source
from tsunagu.broadcasts.desk.form import definition as definition_of
from tsunagu.broadcasts.desk.one import found_or_404, said, versions_of
from tsunagu.broadcasts.desk.rearrange import changed
from tsunagu.broadcasts.desk.reopen import of_definition
from tsunagu.broadcasts.life.write import write
from tsunagu.broadcasts.repeat import Repeat
from tsunagu.broadcasts.rules import State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.cloud.definitions import Fault, WrongFile
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.rules import Deed
from tsunagu.web.app import member
from tsunagu.web.forms import Form, place_of, typed

ROOMS = ("new", "edit", "new_yaml", "edit_yaml")
ASKS = {f"broadcasts.{room}": Deed.WRITE_BROADCASTS for room in ROOMS}  # also to look: nothing else is done there
MEMORY_LIMIT = 1024 * 1024  # bytes of what is typed, as a browser sends it
BODY_LIMIT = 31 * 1024 * 1024  # bytes: three of the largest pictures; Cloud Run takes 32 MiB
TOO_LARGE = (
    "送られた内容が大きすぎます。一度に送れる画像は、合わせて30MBまでです。前の画面に戻り、画像を一つずつ選んで"
    "「確かめる」を押してください。選んだ画像は、そのたびに取り込まれます。",
    "That was too large: pictures of 30 MB together fit. Go back, and choose them one by one, checking after each.",
)
TOO_MUCH = "all・any や二重の not があるので、フォームでは開けません。YAMLのまま直してください。"
EMPTY = Form({"start": ("now",), "kind": ("news",), "messages.0.is": ("text",)})
Answer = flask.typing.ResponseReturnValue


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    pages_size.add(blueprint, desk)
    pictures.add(blueprint, desk)

    @blueprint.errorhandler(413)
    def too_large(_: Exception) -> Answer:
        return flask.render_template("error.html", status=413, says=TOO_LARGE, who="", ask=()), 413

    @blueprint.route("/broadcasts/new", methods=["GET", "POST"])
    def new() -> Answer:
        return _form(desk, None)

    @blueprint.route("/broadcasts/<id>/edit", methods=["GET", "POST"])
    def edit(id: str) -> Answer:
        found = found_or_404(desk, id)
        return _no_draft(found) or _form(desk, found)

    @blueprint.route("/broadcasts/new/yaml", methods=["GET", "POST"])
    def new_yaml() -> Answer:
        return _yaml(desk, None)

    @blueprint.route("/broadcasts/<id>/edit/yaml", methods=["GET", "POST"])
    def edit_yaml(id: str) -> Answer:
        found = found_or_404(desk, id)
        return _no_draft(found) or _yaml(desk, found)


def _no_draft(found: Broadcast) -> Answer | None:
    """Where whoever opens it is sent instead. What was typed meanwhile is not lost: a POST is refused with its form."""
    if found.state is State.DRAFT or flask.request.method != "GET":
        return None
    return flask.redirect(flask.url_for("broadcasts.one", id=found.id, refused="edit"), 303)


def _form(desk: Desk, draft: Broadcast | None) -> Answer:
    _allow_uploads()
    if flask.request.method == "GET":
        try:
            return _show_form(desk, draft, _opened(desk, draft, lambda given: of_definition(given), EMPTY))
        except NotForTheForm:
            return flask.redirect(_address(draft, "_yaml", flask.request.args.get("from")), 303)
    form, wish = typed(flask.request.form.lists()), flask.request.form.get("do", "check")
    form, refused = pictures.taken(desk, form, flask.request.files, member().email)
    if wish == "yaml":
        return _show_yaml(desk, draft, _as_yaml(definition_of(form)))
    if wish not in ("check", "save"):
        return _show_form(desk, draft, changed(form, wish).faulty(refused, PLACES))
    try:
        definition = reads(source(form), pages_size.today(desk))
        if refused:
            raise WrongFile(refused)
        if wish == "check":
            return _show_form(desk, draft, form, definition)
        return _written(desk, draft, definition)
    except WrongFile as wrong:
        # A picture that was refused leaves its address empty: that is one fault, not two.
        places = {fault.field for fault in refused}
        others = [fault for fault in wrong.faults if fault.field not in places]
        return _show_form(desk, draft, form.faulty([*refused, *pictures.none_chosen(form, others)], PLACES)), 422
    except Rejected as error:
        return _show_form(desk, draft, form.faulty([Fault(0, "", said(error)[0])], PLACES)), 422


def _yaml(desk: Desk, draft: Broadcast | None) -> Answer:
    _allow_uploads()
    if flask.request.method == "GET":
        return _show_yaml(desk, draft, _opened(desk, draft, _as_yaml, ""))
    text, wish = flask.request.form.get("yaml", "").replace("\r\n", "\n"), flask.request.form.get("do", "check")
    file = flask.request.files.get("file")
    try:
        if file is not None and file.filename:
            text = _decoded(file.read())
        definition = reads(text, pages_size.today(desk))
        if wish == "form":
            return _show_form(desk, draft, of_definition(json.loads(definition.written())))
        if wish == "check":
            return _show_yaml(desk, draft, text, definition)
        return _written(desk, draft, definition)
    except WrongFile as wrong:
        return _show_yaml(desk, draft, text, faults=wrong.faults), 422
    except NotForTheForm:
        return _show_yaml(desk, draft, text, faults=[Fault(0, "audience", TOO_MUCH)]), 422
    except Rejected as error:
        return _show_yaml(desk, draft, text, faults=[Fault(0, "", said(error)[0])]), 422


def _allow_uploads() -> None:
    flask.request.max_content_length = BODY_LIMIT
    flask.request.max_form_memory_size = MEMORY_LIMIT


def _opened(desk: Desk, draft: Broadcast | None, read: Callable[[dict[str, Any]], Any], otherwise: Any) -> Any:
    """The draft, or what `?from=` names to be copied; `otherwise` for one that begins."""
    copied = flask.request.args.get("from", "")
    origin = draft or (found_or_404(desk, copied) if copied else None)
    if origin is None or not origin.source:
        return otherwise
    given = json.loads(origin.source)
    if draft is None:
        given.pop("id", None)
    return read(given)


def _as_yaml(given: dict[str, Any]) -> str:
    written: str = yaml.safe_dump(given, allow_unicode=True, sort_keys=False, width=100)
    return written


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise WrongFile([Fault(0, "", "the file is not UTF-8 text")]) from error


def _written(desk: Desk, draft: Broadcast | None, definition: Definition) -> Answer:
    id, version = (draft.id, flask.request.form.get("version", 0, type=int)) if draft else (None, None)
    written = write(desk.db, definition, member().email, desk.clock(), id, version)
    return flask.redirect(flask.url_for("broadcasts.one", id=written.id, done="written"), 303)


def _show_form(desk: Desk, draft: Broadcast | None, form: Form, checked: Definition | None = None) -> str:
    size, why = pages_size.of_form(desk, form)
    faults = [(place, wording.place(place), says) for place, all_of_it in form.faults.items() for says in all_of_it]
    return flask.render_template(
        "broadcasts/compose.html",
        form=form,
        faults=faults,
        size=size,
        why=why,
        live=pages_size.WATCHED,
        about=_choices(desk),
        here=_address(draft),
        **_frame(desk, draft, checked),
    )


def _show_yaml(
    desk: Desk, draft: Broadcast | None, text: str, checked: Definition | None = None, faults: list[Fault] | None = None
) -> str:
    size, why = pages_size.of_definition(desk, checked) if checked else (None, "")
    return flask.render_template(
        "broadcasts/yaml.html",
        text=text,
        faults=[(wording.place(place_of(fault.field)), fault) for fault in faults or ()],
        size=size,
        why=why,
        live="",
        here=_address(draft, "_yaml"),
        **_frame(desk, draft, checked),
    )


def _frame(desk: Desk, draft: Broadcast | None, checked: Definition | None) -> dict[str, Any]:
    """What both ways of writing show around the text."""
    return {
        "draft": draft,
        "size_address": flask.url_for("broadcasts.size"),
        "version": flask.request.form.get("version") or (draft.version if draft else ""),
        "versions": versions_of(*checked.versions()) if checked else [],
        "pictures": desk.media.begins,
        "checked": checked is not None,
        "series": checked is not None and isinstance(checked.when, Repeat),
    }


def _address(draft: Broadcast | None, kind: str = "", copied: str | None = None) -> str:
    room = ("edit" if draft else "new") + kind
    values: dict[str, Any] = {"id": draft.id} if draft else {"from": copied}
    return flask.url_for(f"broadcasts.{room}", **values)


def _choices(desk: Desk) -> dict[str, Any]:
    """What may be ticked and picked: ids and names."""
    return {
        **choices(desk.db),
        "surveys": list(desk.surveys()),
        "weekdays": list(wording.WEEKDAYS.items()),
        "nth": [
            (place, [(f"{nth} {day}", f"{place}{name}曜日") for day, name in wording.WEEKDAYS.items()])
            for nth, place in wording.PLACES.items()
        ],
    }
