"""The testers: whose phones get a test, and the code that links one more."""

import flask
from werkzeug.wrappers import Response

from tsunagu.broadcasts import testers
from tsunagu.broadcasts.desk import wording
from tsunagu.broadcasts.desk.desk import Desk
from tsunagu.cloud.outcomes import Rejected
from tsunagu.web.app import member


def add(blueprint: flask.Blueprint, desk: Desk) -> None:
    def show(code: str = "") -> str:
        done = wording.DONE.get(flask.request.args.get("done", ""))
        known = [(number, tester) for number, tester in enumerate(testers.every(desk.db))]
        return flask.render_template(
            "broadcasts/testers.html", testers=known, code=code, lasts=testers.CODE_LASTS, me=member().email, done=done
        )

    @blueprint.get("/broadcasts/testers", endpoint="testers")
    def testers_() -> str:
        return show()

    @blueprint.post("/broadcasts/testers/code")
    def tester_code() -> str:
        """Shown once, so it is the answer itself; asked for again, it is another one."""
        return show(testers.new_code(desk.db, member().email, member().name, desk.clock()))

    @blueprint.post("/broadcasts/testers/remove")
    def tester_remove() -> Response:
        user = flask.request.form.get("user", "")
        if user not in {tester.user for tester in testers.every(desk.db)}:
            raise Rejected("that phone is not a tester's (any more)")
        testers.remove(desk.db, user, member().email, desk.clock())
        return flask.redirect(flask.url_for("broadcasts.testers", done="removed"), 303)
