import dataclasses
import importlib.util
import sys
from pathlib import Path

import pytest

from local import topology
from local.topology import Trigger
from tsunagu.cloud import pubsub
from tsunagu.cloud.definitions import WrongFile

# What the local city adds for services that use an emulator or stand behind the gate.
OF_THE_LOCAL_CITY = {"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "STAFF_KEYS_URL"}


def test_the_topics_are_those_the_code_publishes_to() -> None:
    chunks = {pubsub.CHUNKS_URGENT, pubsub.CHUNKS_NORMAL}
    code = {pubsub.LINE_EVENTS, pubsub.TICKS, *chunks, pubsub.SURVEY_ANSWERS, pubsub.EXPORTS}
    assert code == set(topology.read().topics)


def test_the_services_are_the_functions_of_the_design() -> None:
    services = topology.read().services
    assert {
        "receive_webhook": ("webhook", "receive_webhook", Trigger.HTTP),
        "handle_line_event": ("chat", "handle_line_event", Trigger.PUSH),
        "run_due_work": ("broadcast", "run_due_work", Trigger.PUSH),
        "send_chunk_urgent": ("broadcast", "send_chunk", Trigger.PUSH),
        "send_chunk_normal": ("broadcast", "send_chunk", Trigger.PUSH),
        "fold_responses": ("survey_report", "fold_responses", Trigger.PUSH),
        "write_export": ("survey_report", "write_export", Trigger.PUSH),
        "survey_report": ("survey_report", "survey_report", Trigger.STAFF),
        "console": ("console", "console", Trigger.STAFF),
    } == {name: (one.bundle, one.entry_point, one.trigger) for name, one in services.items()}


def test_every_topic_has_dead_letters_that_somebody_keeps() -> None:
    assert {name: (f"{name}-dead", f"{name}-dead-kept") for name in topology.read().topics} == {
        name: (topic.dead_letter, topic.dead_letter_subscription) for name, topic in topology.read().topics.items()
    }


def test_receive_webhook_has_nothing_to_do_with_firestore() -> None:
    assert ["pubsub"] == topology.read().services["receive_webhook"].uses


@pytest.mark.parametrize("bundle", sorted({service.bundle for service in topology.read().services.values()}))
def test_a_bundle_is_given_the_settings_its_code_reads_and_no_others(bundle: str) -> None:
    services = [service for service in topology.read().services.values() if service.bundle == bundle]
    declared = {name for service in services for name in (*service.settings, *service.secrets)}
    assert _settings_of(topology.ROOT / "functions" / bundle / "main.py") - OF_THE_LOCAL_CITY == declared


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("topic: ticks,", "topic: tocks,", "no topic is called tocks"),
        ("service: run_due_work", "service: run_due_wrok", "no service is called run_due_wrok"),
        ("service: fold_responses", "service: survey_report", "has trigger staff, not push"),
        ("ack_deadline_seconds: 90", "ack_deadline_seconds: 60", "must be longer than the 60 seconds"),
        ("attempts: 100", "attempts: 101", "retry.attempts"),
        ("max_backoff_seconds: 60", "max_backoff_seconds: 0", "must not be smaller than min_backoff_seconds"),
        ("memory: 512Mi", "memory: 512", "services.receive_webhook.memory"),
        ("uses: [pubsub]", "uses: [pubsub, spanner]", "services.receive_webhook.uses"),
        ("buckets: {media: add}", "buckets: {media: own}", "services.console.buckets.media"),
        ("buckets: {media: add}", "buckets: {}", "must say which: it uses storage"),
        ("uses: [firestore, storage]", "uses: [firestore]", "needs storage: it has buckets"),
        ("private/exports: keep", "privat/exports: keep", "services.write_export.buckets"),
        ("concurrency: 40", "concurency: 40", "did you mean `concurrency`"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    whole = topology.TOPOLOGY.read_text("utf-8")
    assert True is (right in whole)
    slipped = tmp_path / "topology.yaml"
    slipped.write_text(whole.replace(right, wrong, 1), "utf-8")
    with pytest.raises(WrongFile) as raised:
        topology.read(slipped)
    assert True is (says in str(raised.value)), str(raised.value)
    assert False is any(fault.line == 0 for fault in raised.value.faults)


def _settings_of(main: Path) -> set[str]:
    """The environment's names that the settings classes of a main.py stand for."""
    spec = importlib.util.spec_from_file_location(f"main_of_{main.parent.name}", main)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    kinds = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == spec.name]
    return {
        field.name.upper() for kind in kinds if dataclasses.is_dataclass(kind) for field in dataclasses.fields(kind)
    }
