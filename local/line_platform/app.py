"""The Flask app: LINE's API, the control API and the phone page."""

from flask import Flask, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from local.line_platform.control import doings as control_doings
from local.line_platform.control import insight as control_insight
from local.line_platform.control import menus, record, residents, settings
from local.line_platform.doings import Impossible
from local.line_platform.insight import insight_api
from local.line_platform.menu_messaging import menu_api
from local.line_platform.messaging import api
from local.line_platform.phone import phone
from local.line_platform.platform import Platform, Stand


def make_app(platform: Platform) -> Flask:
    app = Flask(__name__)
    app.extensions["line_platform"] = Stand(platform)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    controls = (residents, control_doings, menus, record, control_insight, settings)
    for blueprint in (api, menu_api, insight_api, *(each.control for each in controls), phone):
        app.register_blueprint(blueprint)

    @app.errorhandler(Impossible)
    def impossible(fault: Impossible) -> tuple[dict[str, str], int]:
        return {"message": str(fault)}, 409

    @app.errorhandler(ValidationError)
    def invalid(fault: ValidationError) -> tuple[dict[str, object], int]:
        details = [
            {"message": each["msg"], "property": ".".join(map(str, each["loc"]))} for each in fault.errors()
        ]  # fmt: skip
        return {"message": "the request is not as the route's docstring says", "details": details}, 400

    @app.errorhandler(404)
    def unknown(fault: HTTPException) -> tuple[dict[str, str | None], int]:
        return {"message": "Not found" if request.path.startswith("/v2/") else fault.description}, 404

    return app
