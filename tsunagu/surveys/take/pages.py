"""What staff take away: the forms in which there is an answer, under the filters of the address; who took what."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, quote, urlencode
from zoneinfo import ZoneInfo

import flask
from google.cloud import firestore
from werkzeug.exceptions import BadRequest, NotFound

from tsunagu.cloud.logs import logger
from tsunagu.cloud.outcomes import Rejected
from tsunagu.cloud.pubsub import NotPublished, Publisher
from tsunagu.cloud.storage import Bucket, NotThere
from tsunagu.residents.city import city
from tsunagu.staff.rules import Deed
from tsunagu.staff.store import audit
from tsunagu.surveys import store
from tsunagu.surveys.definition import Definition
from tsunagu.surveys.report.count import Both, both
from tsunagu.surveys.report.filters import Pairs, View
from tsunagu.surveys.report.look import Look, look
from tsunagu.surveys.take import jobs
from tsunagu.surveys.take.due import announce
from tsunagu.surveys.take.jobs import Job, State, Wish
from tsunagu.surveys.take.kinds import Kind
from tsunagu.surveys.take.taken import nobody
from tsunagu.web.app import Pages, member

AT_ONCE = {
    "csv": 20_000,
    "json": 200_000,
    "pdf": 200_000,
    "xlsx": 5_000,
}  # responses, by the file's ending: two seconds or so
SHOWN = 50  # of the history
PIECE = 64 * 1024  # bytes of a file sent at a time
SURVEY = re.compile(r"[a-z0-9-]{3,40}")
PHOTO = re.compile(r"[a-z2-7]{26}\.jpg")
STATES = {
    State.WAITING: ("順番待ち", "Waiting", "wait"),
    State.WRITING: ("作成中", "Being made", "busy"),
    State.READY: ("できました", "Ready", "good"),
    State.SENT: ("すぐに取得", "Taken at once", ""),
    State.FAILED: ("作成できず", "Failed", "bad"),
    State.CANCELLED: ("取りやめ", "Cancelled", ""),
    State.EXPIRED: ("期限切れ", "Expired", ""),
}
GONE = "このファイルはもうありません。もう一度作成してください。 This file is no longer there. Please make it again."


@dataclass(frozen=True)
class Desk:
    db: firestore.Client
    bucket: Bucket
    publisher: Callable[[], Publisher]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    kinds: Mapping[str, Kind]
    at_once: Mapping[str, int] = field(default_factory=lambda: AT_ONCE)

    def look(self, id: str, pairs: Pairs) -> Look:
        """Raises NotFound, Rejected."""
        known = SURVEY.fullmatch(id) is not None
        found = look(self.db, id, pairs, city(), self.zone, self.clock()) if known else None
        if found is None:
            raise NotFound
        return found

    def job(self, survey: str, id: str) -> Job:
        found = jobs.get(self.db, id)
        if found is None or found.survey != survey:
            raise NotFound
        return found

    def tell(self, id: str) -> None:
        try:
            announce(self.db, self.publisher(), [id], self.clock())
        except NotPublished as error:
            logger().warning("an export waits for the clock to announce it", error=error)


@dataclass(frozen=True)
class Line:
    """One of the history. `conditions`: its filters in words."""

    job: Job
    kind: Both
    conditions: list[Both]


def pages(desk: Desk) -> Pages:
    blueprint = flask.Blueprint("take", __name__, template_folder="templates")
    for room in (_small, _large, _photos):
        room(blueprint, desk)
    return Pages(blueprint, Deed.TAKE_ANSWERS)


def _small(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/surveys/<id>/downloads")
    def downloads(id: str) -> str:
        found, history = desk.look(id, _pairs()), jobs.of_survey(desk.db, id)
        return flask.render_template(
            "take/downloads.html",
            look=found,
            title=both(found.survey.definition.title),
            query=urlencode(found.view.write()),
            conditions=found.filter.described(found.definition, found.city),
            kinds=[(kind, found.report.answered <= desk.at_once[kind.ending]) for kind in desk.kinds.values()],
            new_id=jobs.new_id,
            history=[_line(desk, found.definition, job) for job in history[:SHOWN]],
            more=len(history) > SHOWN,
            states=STATES,
            now=desk.clock(),
        )

    @blueprint.get("/surveys/<id>/downloads/<kind>")
    def take(id: str, kind: str) -> flask.typing.ResponseReturnValue:
        form = _kind(desk, kind)
        found = desk.look(id, _pairs())
        query = urlencode(found.view.write())
        if found.report.answered > desk.at_once[form.ending]:
            return flask.redirect(f"{flask.url_for('take.downloads', id=id)}?{query}#{form.id}")
        now = desk.clock()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"file.{form.ending}"
            taken = form.write(path, found, now.astimezone(desk.zone), nobody)
            file = path.open("rb")  # an open file outlives its name
        jobs.noted(desk.db, Wish(id, form.id, query, member().email), taken.responses, taken.replaced, now)
        return _download(_sent(file), form, id, now.astimezone(desk.zone))


def _large(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.post("/surveys/<id>/exports")
    def ask(id: str) -> flask.typing.ResponseReturnValue:
        form = flask.request.form
        wanted, kind = form.get("job", ""), _kind(desk, form.get("kind", ""))
        if not jobs.ID.fullmatch(wanted):
            raise BadRequest
        found = desk.look(id, parse_qsl(form.get("filter", ""), keep_blank_values=True))
        wish = Wish(id, kind.id, urlencode(found.view.write()), member().email)
        job = jobs.ask(desk.db, wanted, wish, desk.clock())
        desk.tell(job.id)
        return flask.redirect(flask.url_for("take.job", id=id, job=job.id), 303)

    @blueprint.get("/surveys/<id>/exports/<job>")
    def job(id: str, job: str) -> str:
        found, survey = desk.job(id, job), store.get(desk.db, id)
        if survey is None:
            raise NotFound
        line = _line(desk, store.readable(desk.db, survey), found)
        return flask.render_template(
            "take/job.html", title=both(survey.definition.title), line=line, **_shown(desk, found)
        )

    @blueprint.get("/surveys/<id>/exports/<job>/progress")
    def progress(id: str, job: str) -> str:
        return flask.render_template("take/progress.html", **_shown(desk, desk.job(id, job)))

    @blueprint.post("/surveys/<id>/exports/<job>/cancel")
    def cancel(id: str, job: str) -> flask.typing.ResponseReturnValue:
        jobs.cancel(desk.db, desk.job(id, job).id, member().email, desk.clock())
        return flask.redirect(flask.url_for("take.job", id=id, job=job), 303)

    @blueprint.get("/surveys/<id>/exports/<job>/file")
    def file(id: str, job: str) -> flask.Response:
        found = desk.job(id, job)
        if not found.may_be_fetched(desk.clock()) or found.as_of is None:
            raise Rejected(GONE)
        try:
            pieces = desk.bucket.pieces(found.object)
        except NotThere as error:
            raise Rejected(GONE) from error
        jobs.fetched(desk.db, found.id, member().email, desk.clock())
        return _download(pieces, _kind(desk, found.kind), id, found.as_of.astimezone(desk.zone))


def _photos(blueprint: flask.Blueprint, desk: Desk) -> None:
    @blueprint.get("/surveys/<id>/photos/<file>")
    def photo(id: str, file: str) -> flask.Response:
        if not (SURVEY.fullmatch(id) and PHOTO.fullmatch(file)):
            raise NotFound
        try:
            pieces = desk.bucket.pieces(f"surveys/{id}/{file}")
        except NotThere as error:
            raise NotFound from error
        audit(desk.db, member().email, "survey.photo", f"{id}: {file}", desk.clock())
        return flask.Response(pieces, content_type="image/jpeg")


def _pairs() -> Pairs:
    return list(flask.request.args.items(multi=True))


def _kind(desk: Desk, id: str) -> Kind:
    if id not in desk.kinds:
        raise NotFound
    return desk.kinds[id]


def _line(desk: Desk, definition: Definition, job: Job) -> Line:
    kind = desk.kinds.get(job.kind)
    pairs = parse_qsl(job.filter, keep_blank_values=True)
    try:
        conditions = View.read(pairs, definition, city()).group.described(definition, city())
    except Rejected:  # what it names is no longer asked
        conditions = [(job.filter, "")]
    return Line(job, kind.name if kind else (job.kind, job.kind), conditions)


def _shown(desk: Desk, job: Job) -> dict[str, object]:
    now = desk.clock()
    lost = job.state is State.READY and not job.may_be_fetched(now)
    return {"job": job, "state": STATES[State.EXPIRED if lost else job.state], "there": job.may_be_fetched(now)}


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _download(content: Iterator[bytes], kind: Kind, survey: str, at: datetime) -> flask.Response:
    """Without a length: Cloud Run passes an answer with one only up to 32 MiB."""
    plain = f"{survey}-{kind.id}-{at:%Y%m%d}.{kind.ending}"
    japanese = quote(f"{survey}_{kind.file}_{at:%Y%m%d}.{kind.ending}")
    response = flask.Response(content, content_type=kind.content_type)
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{japanese}"
    return response
