"""Templates compiled when a process starts, before anybody waits for a page: a large page takes a third of a second."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tsunagu.web import filters


class _Memory(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def load_bytecode(self, bucket: Bucket) -> None:
        if (known := self._kept.get(bucket.key)) is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


KEPT = _Memory()


def set_up(app: flask.Flask, city: ZoneInfo) -> None:
    """How all our templates are read."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = filters.Undefined
    app.jinja_env.filters.update(filters.of(city))
    app.jinja_env.bytecode_cache = KEPT


def compile_ahead(blueprint: flask.Blueprint, names: Iterable[str]) -> None:
    """For every app of this process."""
    app = flask.Flask("tsunagu.web.app", template_folder="templates")
    set_up(app, ZoneInfo("UTC"))  # filters are called when a page is written, by that page's app
    app.register_blueprint(blueprint)
    for name in ("base.html", *names):
        app.jinja_env.get_template(name)
