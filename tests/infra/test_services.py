"""infra/topology.yaml is held against the code: entry points, settings, secrets, topics, what each service uses."""

from pathlib import Path

import pytest
import yaml

from local import topology
from local.topology import Service, Trigger
from tests.infra import terraform
from tests.infra.entry_points import EntryPoint, entry_points
from tsunagu.cloud import pubsub
from tsunagu.cloud.definitions import WrongFile
from tsunagu.surveys.ask import photos
from tsunagu.surveys.take import jobs, write

TOPOLOGY = topology.read()
SERVICES = TOPOLOGY.services


def entry_point_of(service: Service) -> EntryPoint:
    (found,) = [one for one in entry_points() if (one.bundle, one.name) == (service.bundle, service.entry_point)]
    return found


def test_every_entry_point_of_the_code_is_a_service_and_every_service_is_one() -> None:
    code = {(one.bundle, one.name) for one in entry_points()}
    assert code == {(service.bundle, service.entry_point) for service in SERVICES.values()}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_given_what_its_entry_point_reads(name: str) -> None:
    service, code = SERVICES[name], entry_point_of(SERVICES[name])
    given = {*service.settings, *service.secrets}
    assert set() == code.required - given, "required, and not given"
    assert set() == given - code.required - code.optional, "given, and not read"


@pytest.mark.parametrize("name", SERVICES)
def test_what_must_not_be_seen_is_a_secret_and_nothing_else_is(name: str) -> None:
    service = SERVICES[name]
    hidden = {word for word in (*service.settings, *service.secrets) if word.endswith(("_SECRET", "_TOKEN"))}
    assert hidden == set(service.secrets)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_publishes_to_the_topics_of_its_code_and_to_no_other(name: str) -> None:
    assert entry_point_of(SERVICES[name]).topics == set(SERVICES[name].publishes)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_uses_what_its_code_imports(name: str) -> None:
    code, used = entry_point_of(SERVICES[name]), set(SERVICES[name].uses)
    assert ("tsunagu.cloud.firestore" in code.modules) == ("firestore" in used)
    assert bool(SERVICES[name].publishes) == ("pubsub" in used)
    assert ("tsunagu.cloud.storage" in code.modules) == ("storage" in used)
    assert ("tsunagu.media.store" in code.modules) == ("media" in SERVICES[name].buckets)
    assert ("tsunagu.line.client" in code.modules) == ("LINE_CHANNEL_ACCESS_TOKEN" in SERVICES[name].secrets)


def test_who_may_do_what_in_which_bucket() -> None:
    """Photos are added, deleted and shown by three; nobody but write_export makes files, and it sees no photo."""
    assert {
        "handle_line_event": {"private/surveys": "keep"},
        "fold_responses": {"private/surveys": "keep"},
        "write_export": {"private/exports": "keep"},
        "survey_report": {"private/exports": "read", "private/surveys": "read"},
        "console": {"media": "add"},
    } == {name: one.buckets for name, one in SERVICES.items() if one.buckets}


def test_the_folders_of_the_private_bucket_are_those_of_the_code() -> None:
    folders = {place.partition("/")[2] for one in SERVICES.values() for place in one.buckets if "/" in place}
    assert {jobs.FOLDER, photos.FOLDER} == folders


def test_an_export_ends_before_its_service_is_stopped_and_its_lease_before_it_is_pushed_again() -> None:
    service, push = SERVICES["write_export"], TOPOLOGY.subscriptions["write-export"]
    assert write.AT_MOST.total_seconds() < service.timeout_seconds < push.ack_deadline_seconds
    assert (1, True) == (service.concurrency, write.LEASE < write.AT_MOST)


def test_every_topic_is_published_to_by_a_service_or_the_clock() -> None:
    published = {topic for service in SERVICES.values() for topic in service.publishes}
    assert set(TOPOLOGY.topics) == published | {pubsub.TICKS}
    target = terraform.resource("google_cloud_scheduler_job", "tick").block("pubsub_target")
    assert f'${{google_pubsub_topic.work["{pubsub.TICKS}"].id}}' == target["topic_name"]


def test_only_the_webhook_is_open_to_the_world() -> None:
    assert ["receive_webhook"] == [name for name, one in SERVICES.items() if one.trigger is Trigger.HTTP]


@pytest.mark.parametrize("name", [name for name, one in SERVICES.items() if one.trigger is Trigger.STAFF])
def test_a_staff_service_knows_its_audience(name: str) -> None:
    assert True is ("STAFF_AUDIENCE" in SERVICES[name].settings)


def test_terraform_has_a_value_for_every_setting() -> None:
    wanted = {setting for service in SERVICES.values() for setting in service.settings}
    assert wanted == {*terraform.local("settings"), "STAFF_AUDIENCE"}


def test_every_service_says_how_many_instances_it_may_have() -> None:
    written = yaml.safe_load(topology.TOPOLOGY.read_text("utf-8"))["services"]
    assert [] == [name for name, service in written.items() if "max_instances" not in service]


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("publishes: [line-events]", "publishes: [line-event]", "no topic is called line-event"),
        ("uses: [pubsub]", "uses: []", "needs pubsub: it publishes"),
        ("max_instances: 20", "max_instances: 0", "services.receive_webhook.max_instances"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    whole = topology.TOPOLOGY.read_text("utf-8")
    assert True is (right in whole)
    slipped = tmp_path / "topology.yaml"
    slipped.write_text(whole.replace(right, wrong, 1), "utf-8")
    with pytest.raises(WrongFile) as raised:
        topology.read(slipped)
    assert True is (says in str(raised.value)), str(raised.value)
