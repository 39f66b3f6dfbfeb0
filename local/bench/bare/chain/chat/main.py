"""handle_line_event with nothing in it: replies to each event of a body that the bare webhook published."""

import base64
import json

import flask
import functions_framework

from local.bench.bare.reply import reply


@functions_framework.http
def handle_line_event(request: flask.Request) -> tuple[str, int]:
    for event in json.loads(base64.b64decode(request.get_json()["message"]["data"]))["events"]:
        reply(event)
    return "", 204
