import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
import requests

from local import gate, processes, staff
from local.functions import surroundings
from tsunagu.cloud.identity import HEADER, NotIdentified, Verifier

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    """A page behind the gate: its address, and every request it got."""
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(404 if self.path.startswith("/none") else 200)
            self.send_header("Content-Length", "6")
            self.send_header("X-Of-The-Page", "yes")
            self.send_header("Content-Disposition", 'attachment; filename="a.csv"')
            self.end_headers()
            self.wfile.write(b"behind")

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def doors(behind: tuple[str, object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two doors: one to the page, one to a service that is away."""
    with _gate(tmp_path_factory.mktemp("gate"), behind[0]) as both:
        yield both


def test_what_the_gate_signs_verifies_against_its_own_keys(
    doors: tuple[str, str], behind: tuple[str, list[tuple[str, str, dict[str, str], bytes]]]
) -> None:
    session = _as("analyst@city.example", doors[0])
    assert b"behind" == session.get(f"{doors[0]}/surveys", timeout=10).content
    token = behind[1][-1][2][HEADER.lower()]
    verifier = Verifier(staff.AUDIENCE, f"{doors[0]}/keys")
    assert "analyst@city.example" == verifier.email(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert 600 == claims["exp"] - claims["iat"]
    assert {"iss", "aud", "email", "sub", "iat", "exp"} == set(claims)
    with pytest.raises(NotIdentified):
        Verifier("/projects/2/locations/local/services/other", f"{doors[0]}/keys").email(token)


def test_a_token_for_tools_verifies_too(doors: tuple[str, str]) -> None:
    token = staff.Signer(KEY).sign("admin@city.example", datetime.now(UTC), timedelta(hours=24))
    assert "admin@city.example" == Verifier(staff.AUDIENCE, f"{doors[1]}/keys").email(token)


def test_a_browser_without_a_cookie_is_asked_who_it_is_and_led_back(doors: tuple[str, str]) -> None:
    asked = requests.get(f"{doors[0]}/surveys/a?b=c&d=%E3%81%82", headers=BROWSER, timeout=10)
    assert "だれとしてログインしますか" in asked.text
    emails = ["admin@city.example", "editor@city.example", "analyst@city.example", "visitor@city.example"]
    assert emails == [email for email in emails if f'value="{email}"' in asked.text]
    choice = {"email": "editor@city.example", "then": "/surveys/a?b=c&d=%E3%81%82"}
    led = requests.post(f"{doors[0]}{gate.CHOICE}", data=choice, allow_redirects=False, timeout=10)
    assert (303, choice["then"]) == (led.status_code, led.headers["Location"])


def test_anything_else_without_a_cookie_is_refused(doors: tuple[str, str]) -> None:
    assert 401 == requests.post(f"{doors[0]}/surveys", timeout=10).status_code
    assert 401 == requests.get(doors[0], headers={"Accept": "text/csv"}, timeout=10).status_code
    forged = {"Accept": "text/csv", "Cookie": f"{gate.COOKIE}=someone@else.example"}
    assert 401 == requests.get(doors[0], headers=forged, timeout=10).status_code


@pytest.mark.parametrize("then", ["https://else.example/", "//else.example/", "/\\else.example", "", gate.CHOICE])
def test_the_choice_leads_nowhere_else(doors: tuple[str, str], then: str) -> None:
    choice = {"email": "editor@city.example", "then": then}
    led = requests.post(f"{doors[0]}{gate.CHOICE}", data=choice, allow_redirects=False, timeout=10)
    assert "/" == led.headers["Location"]


def test_an_identity_that_the_client_wrote_itself_does_not_pass(
    doors: tuple[str, str], behind: tuple[str, list[tuple[str, str, dict[str, str], bytes]]]
) -> None:
    forged = {HEADER: "forged", "X-Goog-Authenticated-User-Email": "accounts.google.com:admin@city.example"}
    _as("visitor@city.example", doors[0]).get(doors[0], headers=forged, timeout=10)
    headers = behind[1][-1][2]
    assert "visitor@city.example" == Verifier(staff.AUDIENCE, f"{doors[0]}/keys").email(headers[HEADER.lower()])
    assert [] == [name for name in headers if name.startswith("x-goog-authenticated")]
    assert [] == [name for name in headers if name == "cookie"]


def test_requests_and_answers_pass_as_they_are(
    doors: tuple[str, str], behind: tuple[str, list[tuple[str, str, dict[str, str], bytes]]]
) -> None:
    session = _as("admin@city.example", doors[0])
    session.cookies.set("of_the_page", "kept")
    answer = session.post(f"{doors[0]}/a%2Fb/%E3%81%82?x=%26&y", data=b"\x00words", timeout=10)
    method, path, headers, body = behind[1][-1]
    assert ("POST", "/a%2Fb/%E3%81%82?x=%26&y", b"\x00words") == (method, path, body)
    assert ("of_the_page=kept", doors[0].removeprefix("http://")) == (headers["cookie"], headers["host"])
    assert ("yes", 'attachment; filename="a.csv"', b"behind") == (
        answer.headers["X-Of-The-Page"], answer.headers["Content-Disposition"], answer.content,
    )  # fmt: skip
    assert 404 == session.get(f"{doors[0]}/none", timeout=10).status_code


def test_signing_out_where_iap_does_leads_back_to_the_choice(doors: tuple[str, str]) -> None:
    session = _as("admin@city.example", doors[0])
    answer = session.get(f"{doors[0]}{gate.SIGN_OUT}", timeout=10)
    assert (f"{doors[0]}{gate.CHOICE}", {}) == (answer.url, session.cookies.get_dict())


def test_a_service_that_is_away_is_a_page_that_says_so(doors: tuple[str, str]) -> None:
    answer = _as("admin@city.example", doors[1]).get(doors[1], timeout=10)
    assert (502, True) == (answer.status_code, "いま画面を開けません" in answer.text)


KEY = staff.new_key()


@contextmanager
def _gate(folder: Path, upstream: str) -> Iterator[tuple[str, str]]:
    first, second, log = processes.free_port(), processes.free_port(), folder / "gate.log"
    command = [sys.executable, "-m", "local.gate", "--door", f"console:{first}:{upstream}"]
    command += ["--door", f"survey_report:{second}:http://127.0.0.1:{processes.free_port()}"]
    process = processes.start(command, env={**surroundings(), gate.KEY: KEY}, log=log)
    try:
        processes.wait_until_answers("the gate", first, process, log, 30)
        yield f"http://127.0.0.1:{first}", f"http://127.0.0.1:{second}"
    finally:
        processes.end(process)


def _as(email: str, door: str) -> requests.Session:
    session = requests.Session()
    session.post(f"{door}{gate.CHOICE}", data={"email": email}, allow_redirects=False, timeout=10)
    return session
