"""The console's shell: one Flask app a staff service, behind one door, with the same headers and pages of refusal."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from logging import ERROR, INFO, WARNING
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import flask
from google.api_core.exceptions import DeadlineExceeded, ServiceUnavailable
from werkzeug.exceptions import HTTPException

from tsunagu.cloud import logs
from tsunagu.cloud.identity import HEADER, KeysUnreachable
from tsunagu.cloud.outcomes import Rejected, TryAgain
from tsunagu.staff.access import Door, Refused
from tsunagu.staff.rules import Deed, may
from tsunagu.staff.store import Member
from tsunagu.web import faults, origin
from tsunagu.web.compiled import set_up

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # `no-referrer` would turn the Origin of our own forms into `null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SENTENCES = {
    400: ("送られた内容を読み取れませんでした。", "We could not read what was sent."),
    403: (
        "この操作は、この画面以外から送られたようです。画面を開き直してください。",
        "This did not seem to come from our own page. Please open the page again.",
    ),
    404: ("お探しのページは見つかりませんでした。", "There is no such page."),
    405: ("この操作はできません。", "This cannot be done here."),
    413: ("送られた内容が大きすぎます。", "What was sent is too large."),
    422: ("このままではできません。", "This cannot be done as it stands."),
    500: (
        "こちらの不具合です。記録しましたので、しばらくしてからお試しください。",
        "Something is wrong on our side. It has been recorded; please try again later.",
    ),
    503: (
        "ただいま混み合っています。少し待ってから開き直してください。",
        "We are busy just now. Please wait a little and open the page again.",
    ),
}


@dataclass(frozen=True)
class Pages:
    """A subject's pages: what it takes to see any of them, and their place in the menu (a label and an endpoint).

    Whoever changes something (any POST) must be allowed `change`, where there is one; `asks`: what single endpoints ask
    for instead.
    """

    blueprint: flask.Blueprint
    deed: Deed
    menu: tuple[tuple[str, str], str] | None = None
    change: Deed | None = None
    asks: Mapping[str, Deed] = field(default_factory=dict)

    def needs(self, endpoint: str, method: str) -> Deed:
        deed = self.deed if method in origin.HARMLESS else self.change or self.deed
        return self.asks.get(endpoint, deed)


def make_app(title: tuple[str, str], pages: Sequence[Pages], door: Door, city: ZoneInfo) -> flask.Flask:
    """`title` in Japanese and in English; a path that is nobody's asks for the deed of the first of `pages`."""
    # functions-framework is a Flask app itself, and takes /static for its own.
    app = flask.Flask(__name__, static_folder="static", static_url_path="/assets", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    set_up(app, city)
    by_name = {page.blueprint.name: page for page in pages}
    _log_requests(app)

    @app.before_request
    def admit() -> None:
        if flask.request.endpoint == "static":
            return
        origin.check(flask.request)
        # A path that is nobody's asks for as much as the first pages do: strangers learn nothing by guessing.
        asked = by_name.get(flask.request.blueprint or "")
        deed = asked.needs(flask.request.endpoint or "", flask.request.method) if asked else pages[0].deed
        flask.g.member = door.admit(flask.request.headers.get(HEADER), deed)

    @app.after_request
    def harden(response: flask.Response) -> flask.Response:
        response.headers.update(HEADERS)
        kept = flask.request.endpoint == "static" and response.status_code == 200
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable" if kept else "no-store"
        return response

    @app.context_processor
    def shell() -> dict[str, object]:
        return {
            "service": title,
            "menu": [(*page.menu, flask.url_for(page.menu[1])) for page in pages if page.menu],
            "member": flask.g.get("member"),
            "can": can,
            "asset": asset_of(app),
        }

    _answer_errors(app)
    for page in pages:
        app.register_blueprint(page.blueprint)
        if unknown := set(page.asks) - set(app.view_functions):
            raise ValueError(f"no page is called {', '.join(sorted(unknown))}: what it asks for would not be asked")
    return app


def member() -> Member:
    """Who is asking, on any page."""
    found: Member = flask.g.member
    return found


def can(deed: str) -> bool:
    """Whether whoever asks may do it, by its name: what they may not is not offered (and refused at the door)."""
    return may(member().roles, Deed[deed])


def asset_of(app: flask.Flask) -> Callable[[str], str]:
    """The address of a static file, which changes with its content."""

    def asset(name: str) -> str:
        digests: dict[str, str] = app.extensions.setdefault("digests", {})
        if name not in digests:
            content = (Path(app.static_folder or "") / name).read_bytes()
            digests[name] = blake2b(content, digest_size=6).hexdigest()
        return flask.url_for("static", filename=name, v=digests[name])

    return asset


def _log_requests(app: flask.Flask) -> None:
    """One line a request, which names the page by its rule: what stands in the address may be anything."""

    @app.before_request
    def begin() -> None:
        flask.g.began = monotonic()

    @app.after_request
    def end(response: flask.Response) -> flask.Response:
        request, status = flask.request, response.status_code
        logs.logger().log(
            ERROR if status == 500 else WARNING if status >= 400 else INFO,
            "staff page",
            **logs.trace_of(os.environ.get("GOOGLE_CLOUD_PROJECT", ""), request.headers),
            kind=f"{request.method} {request.url_rule.rule}" if request.url_rule else "no such page",
            status=status,
            **{"outcome": "answered" if status < 400 else "refused", **flask.g.get("went", {})},
            ms=logs.since(flask.g.began),
        )
        return response


def _answer_errors(app: flask.Flask) -> None:
    def page(status: int, says: tuple[str, str], who: str = "", ask: Sequence[Member] = ()) -> tuple[str, int]:
        return flask.render_template("error.html", status=status, says=says, who=who, ask=ask), status

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str, int]:
        flask.g.went = {"reason": error.reason}
        return page(403, error.says, error.who, error.ask)

    @app.errorhandler(Rejected)
    def rejected(error: Rejected) -> tuple[str, int]:
        flask.g.went = {"outcome": "rejected", "error": error}
        japanese = faults.japanese(error.reason)
        return page(422, (japanese, "" if japanese == error.reason else error.reason))

    @app.errorhandler(KeysUnreachable)
    @app.errorhandler(TryAgain)
    @app.errorhandler(ServiceUnavailable)
    @app.errorhandler(DeadlineExceeded)
    def busy(error: Exception) -> tuple[str, int]:
        flask.g.went = {"outcome": "try again", "error": error}
        return page(503, SENTENCES[503])

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> flask.typing.ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        return page(status, SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]))

    @app.errorhandler(Exception)
    def bug(error: Exception) -> tuple[str, int]:
        flask.g.went = {"outcome": "bug", "error": error}
        return page(500, SENTENCES[500])
