"""Forgery across sites: what changes something must come from our own pages.

Browsers say where a request comes from and pages cannot alter it, so no token needs to be kept.
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
"""

from urllib.parse import urlsplit

import flask
from werkzeug.exceptions import Forbidden

HARMLESS = {"GET", "HEAD", "OPTIONS"}


def check(request: flask.Request) -> None:
    """Raises Forbidden for a change that another site asks for, or that does not say who asks."""
    if request.method in HARMLESS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        ours = site == "same-origin"
    else:
        ours = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    if not ours:
        raise Forbidden
