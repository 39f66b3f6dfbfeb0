"""What is compiled when a process starts is compiled once, for every app of that process."""

from pathlib import Path
from zoneinfo import ZoneInfo

import flask

from tsunagu.web.compiled import KEPT, compile_ahead, set_up


def test_a_page_is_not_compiled_again_and_calls_the_filters_of_its_own_app(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ at | number }}{{ unknown }}", "utf-8")
    blueprint = flask.Blueprint("rooms", __name__, template_folder=str(tmp_path))
    before = len(KEPT)
    compile_ahead(blueprint, ["page.html"])
    ahead = len(KEPT)
    assert before < ahead
    app = flask.Flask(__name__)
    set_up(app, ZoneInfo("Asia/Tokyo"))
    app.register_blueprint(blueprint)
    app.jinja_env.filters["number"] = lambda at: f"at {at}"
    assert "at 9" == app.jinja_env.get_template("page.html").render(at=9, unknown="")
    assert ahead == len(KEPT)
