import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from google.cloud import firestore, pubsub_v1, storage

from local.city import ENVIRONMENT, Hosts, Wish, city
from local.functions import NotRunnable
from local.processes import DidNotStart
from tsunagu.cloud.identity import HEADER
from tsunagu.media.encode import Encoded
from tsunagu.media.store import put

Until = Callable[[Callable[[], bool]], None]
Alive = Callable[[], dict[int, tuple[int, int]]]
Tiny = Callable[[str], tuple[Path, Path]]

# Writes down every request, its process and its environment; waits where it is told to.
NOTES = """
    import json, os, time
    from pathlib import Path
    import functions_framework

    folder = Path(__file__).parent

    @functions_framework.http
    def take(request):
        message = request.get_json()["message"]
        with (folder / "taken").open("a") as file:
            file.write(json.dumps({"attributes": message.get("attributes"), "pid": os.getpid()}) + "\\n")
        return "", 204

    @functions_framework.http
    def show(request):
        if request.path == "/wait":
            (folder / "waits").write_text(str(os.getpid()))
            while not (folder / "go").exists():
                time.sleep(0.01)
            (folder / "went").write_text("yes")
        if request.path == "/settings":
            return dict(os.environ)
        return {"who": request.headers.get("X-Goog-IAP-JWT-Assertion"), "pid": os.getpid()}
"""


@pytest.fixture
def wish(firestore_host: str, pubsub_host: str, project: str, tiny: Tiny, tmp_path: Path) -> Callable[..., Wish]:
    topology, sources = tiny(NOTES)

    def make(**more: object) -> Wish:
        hosts = Hosts(firestore_host, pubsub_host)
        return Wish(
            project=project, tick=None, hosts=hosts, logs=tmp_path / "logs", topology=topology, sources=sources, **more  # type: ignore[arg-type]
        )  # fmt: skip

    return make


def test_a_message_is_pushed_to_a_function_and_a_failed_one_again(wish: Callable[..., Wish], until: Until) -> None:
    taken = wish().sources / "tiny" / "taken"
    with city(wish()) as running:
        topic = f"projects/{running.project}/topics/line-events"
        pubsub_v1.PublisherClient().publish(topic, b"{}", kind="message").result()
        until(taken.exists)
        assert True is ('"kind": "message"' in taken.read_text())
        running.kill("handle_line_event")
        pubsub_v1.PublisherClient().publish(topic, b"{}", kind="follow").result()
        until(lambda: '"kind": "follow"' in taken.read_text())


def test_nothing_is_lost_while_a_function_dies_again_and_again(wish: Callable[..., Wish], until: Until) -> None:
    taken = wish().sources / "tiny" / "taken"
    sent: set[str] = set()
    with city(wish(), tell=lambda says: None) as running:
        publisher, topic = pubsub_v1.PublisherClient(), f"projects/{running.project}/topics/line-events"
        for _ in range(4):
            running.kill("handle_line_event")
            for _ in range(3):
                sent.add(f"number {len(sent)}")
                publisher.publish(topic, b"{}", kind=f"number {len(sent) - 1}").result()
            until(lambda: taken.exists() and all(f'"{kind}"' in taken.read_text() for kind in sent))


def test_a_request_in_flight_dies_with_its_process_group(wish: Callable[..., Wish], until: Until, alive: Alive) -> None:
    folder = wish().sources / "tiny"
    with city(wish()) as running:
        console = running.function("console")
        broken: list[Exception] = []

        def ask() -> None:
            try:
                requests.get(f"{console.url}/wait", timeout=120)
            except requests.RequestException as error:
                broken.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        until((folder / "waits").exists)
        group, worker = console.pids[0], int((folder / "waits").read_text())
        assert group == alive()[worker][1]
        console.kill()
        asking.join()
        assert ["ConnectionError"] == [type(error).__name__ for error in broken]
        until(lambda: console.starts == 2)
        assert [] == [pid for pid, (_, led) in alive().items() if led == group]
        (folder / "go").touch()
        until(lambda: _answers(console.url))
        assert False is (folder / "went").exists()


def test_a_function_gets_its_own_settings_and_nobody_elses(
    wish: Callable[..., Wish], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_OUTSIDE", "1")
    with city(wish()) as running:
        settings = requests.get(f"{running.function('console').url}/settings", timeout=30).json()
        assert "/projects/1/locations/local/services/city" == settings["STAFF_AUDIENCE"]
        assert f"{running.doors['console']}/keys" == settings["STAFF_KEYS_URL"]
        assert (running.firestore, "console") == (settings["FIRESTORE_EMULATOR_HOST"], settings["K_SERVICE"])
        assert "4" == settings["THREADS"]
        others = {"RESPONDENT_SECRET", "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "PUBSUB_EMULATOR_HOST"}
        assert set() == {*others, "OF_THE_OUTSIDE", "GATE_KEY"} & set(settings)


def test_several_processes_share_one_address(wish: Callable[..., Wish], until: Until) -> None:
    with city(wish(workers={"console": 2})) as running:
        console = running.function("console")
        assert 2 == len(set(console.pids))
        assert 2 == len({requests.get(console.url, timeout=30).json()["pid"] for _ in range(6)})
        console.kill(1)
        assert [200] * 6 == [_status(console.url, until) for _ in range(6)]


def test_the_gate_leads_to_the_staffs_service_and_the_staff_is_hired(wish: Callable[..., Wish]) -> None:
    with city(wish()) as running:
        session = requests.Session()
        session.post(f"{running.doors['console']}/_gate/who", data={"email": "admin@city.example"}, timeout=30)
        assert True is bool(session.get(running.doors["console"], timeout=30).json()["who"])
        hired = {
            one.id: one.get("roles") for one in firestore.Client(project=running.project).collection("staff").stream()
        }
        assert {f"{role}@city.example": [role] for role in ("admin", "editor", "approver", "analyst")} == hired


def test_what_is_ready_is_said_as_the_design_says(wish: Callable[..., Wish]) -> None:
    with city(wish()) as running:
        ready = running.ready()
        assert [
            "project", "firestore", "pubsub", "storage", "line_api", "channel_secret", "channel_access_token",
            "console", "survey_report", "staff", "functions",
        ] == list(ready)  # fmt: skip
        assert HEADER == ready["staff"]["header"]
        assert ["admin", "editor", "approver", "analyst", "visitor"] == list(ready["staff"]["tokens"])
        console = running.function("console")
        assert {"url": console.url, "pids": console.pids} == ready["functions"]["console"]
        assert 200 == requests.get(f"{running.line_api}/", timeout=30).status_code
        lines = (running.logs / ENVIRONMENT).read_text("utf-8").splitlines()
        assert running.environment() == dict(line.split("=", 1) for line in lines)


def test_the_phone_fetches_from_the_citys_own_bucket_what_line_would_fetch_from_googles(
    wish: Callable[..., Wish],
) -> None:
    with city(wish(services=frozenset())) as running:
        client = storage.Client(project=running.project)
        picture = put(client, running.media_bucket, "photo", Encoded(b"original", b"preview"))
        media = requests.get(f"{running.line_api}/control/settings", timeout=30).json()["media"]
        (there,) = [
            address + picture.preview.removeprefix(prefix)
            for prefix, address in media.items()
            if picture.preview.startswith(prefix)
        ]
        assert b"preview" == requests.get(there, timeout=30).content
        assert (running.storage, running.media_bucket) == (
            running.environment()["STORAGE_EMULATOR_HOST"],
            running.environment()["MEDIA_BUCKET"],
        )


def test_the_city_has_a_private_bucket_beside_the_one_for_pictures(wish: Callable[..., Wish]) -> None:
    with city(wish(services=frozenset())) as running:
        client = storage.Client(project=running.project)
        assert {running.media_bucket, running.private_bucket} == {bucket.name for bucket in client.list_buckets()}
        assert running.private_bucket == running.environment()["PRIVATE_BUCKET"]
        assert f"{running.project}-private" == running.private_bucket


def test_another_line_platform_is_used_when_one_is_named(wish: Callable[..., Wish]) -> None:
    with city(wish(line_api="http://127.0.0.1:9/")) as running:
        assert "http://127.0.0.1:9" == running.line_api
        assert False is (running.logs / "line_platform.log").exists()


def test_the_end_leaves_nobody(wish: Callable[..., Wish], alive: Alive) -> None:
    with city(wish(workers={"console": 2})) as running:
        leaders = set(running.supervisor.pids)
        everyone = {pid for pid, (_, group) in alive().items() if group in leaders}
    # Two consoles and a function, each with a worker; a balancer, the gate and the stand-in LINE platform.
    assert 9 == len(everyone)
    assert set() == everyone & set(alive())


def test_a_function_that_cannot_start_says_why(wish: Callable[..., Wish]) -> None:
    main = wish().sources / "tiny" / "main.py"
    main.write_text("raise RuntimeError('this is the reason')")
    with pytest.raises(DidNotStart, match="this is the reason"), city(wish(), tell=lambda says: None):
        pass


def test_what_is_not_there_is_a_sentence(wish: Callable[..., Wish]) -> None:
    with pytest.raises(NotRunnable, match="no function is called colsole"), city(wish(workers={"colsole": 2})):
        pass
    with pytest.raises(NotRunnable, match="at least one process: console"), city(wish(workers={"console": 0})):
        pass
    (wish().sources / "tiny" / "main.py").unlink()
    with pytest.raises(NotRunnable, match=r"functions/tiny/main\.py"), city(wish()):
        pass


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).ok
    except requests.RequestException:
        return False


def _status(url: str, until: Until) -> int:
    until(lambda: _answers(url))
    return requests.get(url, timeout=30).status_code
