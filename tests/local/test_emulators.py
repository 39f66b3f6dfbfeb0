import os
import socket
import stat
from pathlib import Path

import pytest
import requests
from google.cloud import firestore, pubsub_v1

from local import emulators, processes


def test_both_start_take_work_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with emulators.emulators(heap="512m") as running:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running.firestore.host)
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", running.pubsub.host)
        firestore.Client(project="somewhere").document("a/b").set({"it": "works"})
        assert {"it": "works"} == firestore.Client(project="somewhere").document("a/b").get().to_dict()
        topic = pubsub_v1.PublisherClient().create_topic(name="projects/somewhere/topics/line-events")
        assert "projects/somewhere/topics/line-events" == topic.name
        both = [running.firestore.process, running.pubsub.process]
        assert [process.pid for process in both] == [os.getpgid(process.pid) for process in both]
    assert [False, False] == [process.poll() is None for process in both]


def test_buckets_are_there_from_the_beginning_and_an_idle_browser_keeps_nobody_waiting() -> None:
    with emulators.storage_emulator("media", "private") as running:
        assert running.process.pid == os.getpgid(running.process.pid)
        port = int(running.host.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)):
            listed = requests.get(f"{running.host}/storage/v1/b", timeout=30).json()
        assert ["media", "private"] == [bucket["name"] for bucket in listed["items"]]
    assert False is (running.process.poll() is None)


def test_the_heap_limit_is_handed_to_java() -> None:
    with emulators.firestore_emulator("333m") as running:
        assert True is ("-Xmx333m" in [str(part) for part in running.process.args])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_401"', 8),
        ('openjdk version "25" 2025-09', 25),
    ],
)
def test_javas_version_is_read_in_its_old_and_new_form(tmp_path: Path, says: str, version: int) -> None:
    assert version == emulators.java_version(_program(tmp_path / "java", says))


def test_an_old_java_is_named_with_what_to_install(tmp_path: Path) -> None:
    _program(tmp_path / "java", 'java version "1.8.0_401"')
    with pytest.raises(emulators.Missing, match=r"is version 8\).*apt-get install"):
        emulators.find_java([tmp_path])


def test_the_first_java_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    _program(tmp_path / "old" / "java", 'java version "1.8.0_401"')
    new = _program(tmp_path / "new" / "java", 'openjdk version "21.0.2"')
    assert new == emulators.find_java([tmp_path / "none", tmp_path / "old", tmp_path / "new"])


def test_a_missing_emulator_is_a_sentence_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(emulators.Missing, match="gcloud components install cloud-firestore-emulator"):
        emulators.find_jar(emulators.FIRESTORE, [tmp_path])
    with pytest.raises(emulators.Missing, match="apt-get install google-cloud-cli-pubsub-emulator"):
        emulators.find_jar(emulators.PUBSUB, [tmp_path])


def test_a_named_sdk_is_looked_at_first(tmp_path: Path) -> None:
    assert tmp_path == emulators.sdk_roots({"CLOUDSDK_ROOT_DIR": str(tmp_path)})[0]


def test_an_emulator_that_does_not_come_up_says_what_it_said() -> None:
    with pytest.raises(processes.DidNotStart, match="Invalid maximum heap size"), emulators.firestore_emulator("lots"):
        pass


def _program(path: Path, says: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
