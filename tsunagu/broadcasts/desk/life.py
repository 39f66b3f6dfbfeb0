"""What staff decide about a broadcast: each a POST, in the audit, and answered with the page as it is then."""

from collections.abc import Callable

import flask

from tsunagu.broadcasts import try_out
from tsunagu.broadcasts.desk import one as pages_one
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.broadcasts.desk.one import found_or_404, said
from tsunagu.broadcasts.invited import to_remind
from tsunagu.broadcasts.life import approve, pause, submit, withdraw
from tsunagu.broadcasts.rules import Kind, State
from tsunagu.broadcasts.store import Broadcast
from tsunagu.chat.catalogue import LANGUAGES
from tsunagu.cloud.outcomes import Rejected
from tsunagu.staff.rules import Deed
from tsunagu.web.app import member

ASKS = {"broadcasts.approve": Deed.APPROVE_BROADCASTS, "broadcasts.send_back": Deed.APPROVE_BROADCASTS}
WHY_LIMIT = 500  # characters of a reason
Answer = flask.typing.ResponseReturnValue


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    def decided(id: str, what: str, decide: Callable[[str], Broadcast], mend: str = "") -> Answer:
        """`mend`: the field that a refusal is shown at, with what was typed."""
        found_or_404(desk, id)
        try:
            after = decide(member().email)
        except Rejected as error:
            return pages_one.show(desk, id, refused=(mend, *said(error))), 422
        if after.open and after.state in (State.SCHEDULED, State.SENDING, State.WITHDRAWN):
            desk.tell(desk.clock())
        done = what if what != "submitted" or after.state is State.WAITING else "scheduled"
        return flask.redirect(flask.url_for("broadcasts.one", id=id, done=done), 303)

    @blueprint.post("/broadcasts/<id>/submit", endpoint="submit")
    def submit_(id: str) -> Answer:
        found = found_or_404(desk, id)

        def decide(by: str) -> Broadcast:
            among, _ = to_remind(desk.db, found.reminds_of, desk.finished, desk.clock())
            size = desk.roster.now().size(found.to, found.kind is Kind.LIFE_SAFETY, among).total
            return submit.submit(desk.db, id, by, desk.clock(), size, desk.house, version_of(found))

        return decided(id, "submitted", decide)

    @blueprint.post("/broadcasts/<id>/approve", endpoint="approve")
    def approve_(id: str) -> Answer:
        version, alone = version_of(found_or_404(desk, id)), "emergency" in flask.request.form

        def decide(by: str) -> Broadcast:
            return approve.approve(desk.db, id, by, desk.clock(), desk.house, reason() if alone else None, version)

        return decided(id, "approved", decide, "emergency" if alone else "approve")

    @blueprint.post("/broadcasts/<id>/send-back")
    def send_back(id: str) -> Answer:
        return decided(
            id, "sent_back", lambda by: approve.send_back(desk.db, id, by, desk.clock(), reason()), "send_back"
        )

    @blueprint.post("/broadcasts/<id>/pause", endpoint="pause")
    def pause_(id: str) -> Answer:
        return decided(id, "paused", lambda by: pause.pause(desk.db, id, by, desk.clock(), reason()))

    @blueprint.post("/broadcasts/<id>/resume")
    def resume(id: str) -> Answer:
        return decided(id, "resumed", lambda by: pause.resume(desk.db, id, by, desk.clock()))

    @blueprint.get("/broadcasts/<id>/withdraw")
    def ask_withdraw(id: str) -> str:
        found = found_or_404(desk, id)
        return flask.render_template(
            "broadcasts/withdraw.html", broadcast=found, far=pages_one.how_far(desk, found), **pages_one.names(found)
        )

    @blueprint.post("/broadcasts/<id>/withdraw", endpoint="withdraw")
    def withdraw_(id: str) -> Answer:
        def decide(by: str) -> Broadcast:
            withdraw.withdraw(desk.db, id, by, desk.clock())
            return found_or_404(desk, id)

        return decided(id, "withdrawn", decide)

    @blueprint.post("/broadcasts/<id>/test")
    def test(id: str) -> Answer:
        found, form = found_or_404(desk, id), flask.request.form
        language = form.get("language") if form.get("language") in LANGUAGES else None
        try:
            sent = try_out.try_out(
                desk.db, desk.line, found, form.getlist("to"), language, member().email, desk.clock()
            )
        except Rejected as error:
            return pages_one.show(desk, id, refused=("test", *said(error))), 422
        failed = [f"{name}：{what}" for name, what in sent if what != try_out.SENT]
        if failed:
            return pages_one.show(desk, id, refused=("test", "　".join(failed), "")), 422
        return flask.redirect(flask.url_for("broadcasts.one", id=id, done="tested"), 303)


def reason() -> str:
    return flask.request.form.get("why", "").strip()[:WHY_LIMIT]


def version_of(found: Broadcast) -> int:
    """That which whoever decides has seen: the page they decide on says it."""
    return flask.request.form.get("version", found.version, type=int)
