"""infra/'s Terraform keeps its promises: who may do what, what is public, what is kept, what repeats."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import hcl2

from local import topology
from tests.infra import terraform
from tests.infra.terraform import INFRA, PLAIN
from tsunagu.surveys.take.jobs import KEPT

ROOT = INFRA.parent
# Every role that is given: on what, to whom, which. A new one belongs here, with its reason in the source.
ROLES = {
    ("google_artifact_registry_repository_iam_member", "build", "roles/artifactregistry.writer"),
    ("google_cloud_run_v2_service_iam_member", "invoker", "roles/run.invoker"),
    ("google_iap_web_cloud_run_service_iam_member", "staff", "roles/iap.httpsResourceAccessor"),
    ("google_project_iam_member", "build_logs", "roles/logging.logWriter"),
    ("google_project_iam_member", "firestore", "roles/datastore.user"),
    ("google_pubsub_subscription_iam_member", "push", "roles/pubsub.subscriber"),
    ("google_pubsub_topic_iam_member", "dead", "roles/pubsub.publisher"),
    ("google_pubsub_topic_iam_member", "publisher", "roles/pubsub.publisher"),
    ("google_secret_manager_secret_iam_member", "this", "roles/secretmanager.secretAccessor"),
    ("google_service_account_iam_member", "push_tokens", "roles/iam.serviceAccountTokenCreator"),
    ("google_storage_bucket_iam_member", "build", "roles/storage.objectViewer"),
    ("google_storage_bucket_iam_member", "media_readers", "roles/storage.legacyObjectReader"),
    ("google_storage_bucket_iam_member", "this", "${local.bucket_roles[each.value]}"),
}


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from strings(part)
        case list():
            for part in value:
                yield from strings(part)


def test_the_roles_are_these_and_no_others() -> None:
    given = {(one.type, one.name, one.body.get("role")) for one in terraform.resources() if "_iam_" in one.type}
    assert sorted(ROLES) == sorted(given)


def test_only_what_has_no_smaller_home_is_given_on_the_project() -> None:
    on_project = {one.name: one for one in terraform.resources("google_project_iam")}
    assert {"build_logs", "firestore"} == set(on_project)
    condition = on_project["firestore"].block("condition")["expression"]
    assert True is ('resource.name == \\"projects/${var.project}/databases/${var.database}\\"' in condition), condition


def test_everyone_is_named_twice_for_the_webhook_and_for_pictures() -> None:
    assert "allUsers" == terraform.local("invokers")["http"]
    readers = terraform.resource("google_storage_bucket_iam_member", "media_readers").body
    assert ("allUsers", "${var.media_public ? 1 : 0}") == (readers["member"], readers["count"])
    said = [word for content in terraform.files().values() for word in strings(content)]
    assert 2 == sum("allUsers" in word or "allAuthenticatedUsers" in word for word in said)


def test_a_service_has_its_own_buckets_and_of_one_with_folders_its_own_folder() -> None:
    member = terraform.resource("google_storage_bucket_iam_member", "this").body
    assert ("${var.service.buckets}", '${var.buckets[split("/", each.key)[0]]}') == (
        member["for_each"],
        member["bucket"],
    )
    (condition,) = [one["condition"] for one in member["dynamic"]]
    assert '${slice(split("/", each.key), 1, length(split("/", each.key)))}' == condition["for_each"]
    (content,) = condition["content"]
    assert True is ("/objects/${condition.value}/" in content["expression"]), content["expression"]
    # `add` can neither list, read, replace nor delete, `read` neither add nor delete.
    creator, viewer, user = (f"roles/storage.object{word}" for word in ("Creator", "Viewer", "User"))
    assert {"add": creator, "read": viewer, "keep": user} == terraform.local("bucket_roles")
    named = {"media": "${google_storage_bucket.media.name}", "private": "${google_storage_bucket.private.name}"}
    assert named == terraform.local("buckets")
    settings = {name: terraform.local("settings")[f"{name.upper()}_BUCKET"] for name in named}
    assert named == settings


def test_nobody_is_let_into_the_private_bucket_from_outside() -> None:
    private = terraform.resource("google_storage_bucket", "private").body
    assert ("enforced", True) == (private["public_access_prevention"], private["uniform_bucket_level_access"])
    everywhere = [place for one in topology.read().services.values() for place in one.buckets if place == "private"]
    assert [] == everywhere


def test_what_is_in_the_private_bucket_ends_and_leaves_nothing_behind() -> None:
    private = terraform.resource("google_storage_bucket", "private")
    rules = [(rule["condition"][0], rule["action"][0]["type"]) for rule in private.body["lifecycle_rule"]]
    assert {("surveys/", "${var.photo_days}", "Delete"), ("exports/", KEPT.days, "Delete")} == {
        (prefix, condition["age"], deed) for condition, deed in rules for prefix in condition["matches_prefix"]
    }
    assert False is private.block("versioning")["enabled"]
    assert 0 == private.block("soft_delete_policy")["retention_duration_seconds"]


def test_a_service_is_called_by_pubsub_or_from_behind_iap() -> None:
    invokers = terraform.local("invokers")
    assert ("${google_service_account.push.member}", "${local.agents.iap}") == (invokers["push"], invokers["staff"])
    assert {trigger.value for trigger in topology.Trigger} == set(invokers)
    service = terraform.resource("google_cloud_run_v2_service", "this").body
    assert '${var.service.trigger == "staff"}' == terraform.local("behind_iap")
    assert "${local.behind_iap}" == service["iap_enabled"]
    internal, everywhere = '"INGRESS_TRAFFIC_INTERNAL_ONLY"', '"INGRESS_TRAFFIC_ALL"'
    assert f'${{var.service.trigger == "push" ? {internal} : {everywhere}}}' == service["ingress"]


def test_every_service_has_an_account_of_its_own() -> None:
    template = terraform.resource("google_cloud_run_v2_service", "this").block("template")
    assert "${google_service_account.this.email}" == template["service_account"]
    assert "${var.name}" == terraform.resource("google_service_account", "this").body["account_id"]
    # What Google takes for the id of an account, and Cloud Run for a name.
    names = [name.replace("_", "-") for name in topology.read().services]
    assert [] == [name for name in names if not re.fullmatch(r"[a-z][-a-z0-9]{4,28}[a-z0-9]", name)]


def test_no_value_of_a_secret_comes_near_terraform() -> None:
    assert [] == terraform.resources("google_secret_manager_secret_version")
    variables = [name for block in terraform.blocks("variable") for name in block]
    assert ["secrets"] == [name for name in variables if re.search("secret|token|password|key", name)]
    assert {"var.service.secrets": 0, "var.secrets": 1} == {
        source: json.dumps(terraform.resource("google_cloud_run_v2_service", "this").body).count(f"${{{source}}}")
        for source in ("var.service.secrets", "var.secrets")
    }
    (secrets,) = [
        one["env"]["content"][0]
        for one in terraform.resource("google_cloud_run_v2_service", "this").block("template", "containers")["dynamic"]
        if one["env"]["for_each"] == "${var.secrets}"
    ]
    assert {"name", "value_source"} == set(secrets)
    assert "latest" == secrets["value_source"][0]["secret_key_ref"][0]["version"]


def test_a_service_runs_as_the_topology_says() -> None:
    template = terraform.resource("google_cloud_run_v2_service", "this").block("template")
    variables = terraform.local("variables")
    assert "${var.service.concurrency}" == template["max_instance_request_concurrency"]
    assert True is ("THREADS = tostring(var.service.concurrency)" in variables), variables
    assert True is ("FUNCTION_TARGET = var.service.entry_point" in variables), variables
    assert "${var.service.timeout_seconds}s" == template["timeout"]
    assert "${var.service.max_instances}" == template["scaling"][0]["max_instance_count"]
    limits = template["containers"][0]["resources"][0]["limits"]
    assert {"cpu": "${tostring(var.service.cpu)}", "memory": "${var.service.memory}"} == limits


def test_dead_letters_are_kept_and_pushed_by_whom_the_service_knows() -> None:
    kept = terraform.resource("google_pubsub_subscription", "kept").body
    push = terraform.resource("google_pubsub_subscription", "push")
    assert "${local.topology.topics}" == kept["for_each"]
    assert "${google_pubsub_topic.dead[each.key].id}" == kept["topic"]
    assert [{"ttl": ""}] == kept["expiration_policy"] == push.body["expiration_policy"]
    assert {
        "dead_letter_topic": "${google_pubsub_topic.dead[each.value.topic].id}",
        "max_delivery_attempts": "${local.topology.retry.attempts}",
    } == push.block("dead_letter_policy")
    target = push.block("push_config")
    assert target["push_endpoint"] == target["oidc_token"][0]["audience"]
    assert "${google_service_account.push.email}" == target["oidc_token"][0]["service_account_email"]


def test_pubsubs_own_account_may_move_a_message_into_the_dead_letters() -> None:
    agent = "${local.agents.pubsub}"
    assert True is terraform.local("agents")["pubsub"].endswith("@gcp-sa-pubsub.iam.gserviceaccount.com")
    into = terraform.resource("google_pubsub_topic_iam_member", "dead").body
    out_of = terraform.resource("google_pubsub_subscription_iam_member", "push").body
    assert ("${google_pubsub_topic.dead}", agent) == (into["for_each"], into["member"])
    assert ("${google_pubsub_subscription.push}", agent) == (out_of["for_each"], out_of["member"])


def test_it_ticks_every_minute_of_japan() -> None:
    tick = terraform.resource("google_cloud_scheduler_job", "tick")
    assert ("* * * * *", "Asia/Tokyo") == (tick.body["schedule"], tick.body["time_zone"])
    assert True is tick.block("pubsub_target")["data"].startswith("${base64encode(")


def test_an_alert_looks_at_every_dead_letter_subscription() -> None:
    threshold = terraform.resource("google_monitoring_alert_policy", "dead_letters").block(
        "conditions", "condition_threshold"
    )
    assert True is ('one_of(${join(", ", local.dead_letters)})' in threshold["filter"]), threshold["filter"]
    assert True is ("for kept in google_pubsub_subscription.kept :" in terraform.local("dead_letters"))
    assert ("COMPARISON_GT", 0) == (threshold["comparison"], threshold["threshold_value"])


def test_firestores_rules_let_nobody_in() -> None:
    rules = re.sub(r"//.*", "", (INFRA / "firestore.rules").read_text("utf-8"))
    assert ["read, write: if false"] == re.findall(r"allow (.+?);", rules)
    assert True is ("match /{document=**}" in rules)
    assert True is (
        "firestore.rules" in json.dumps(terraform.resource("google_firebaserules_ruleset", "firestore").body)
    )


def test_the_example_is_all_that_a_plan_needs() -> None:
    (variables,) = [content["variable"] for path, content in terraform.files().items() if path == "variables.tf"]
    declared = {name: body for block in variables for name, body in block.items()}
    given = hcl2.loads((INFRA / "example.tfvars").read_text("utf-8"), serialization_options=PLAIN)
    assert set() == {name for name, body in declared.items() if "default" not in body} - set(given)
    assert set() == set(given) - set(declared)
    assert set() == set(given["min_instances"]) - set(topology.read().services)


def test_what_a_city_keeps_to_itself_is_ignored_by_git() -> None:
    ignored = [line for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    for place in (".terraform.lock.hcl", "terraform.tfstate", "infra/city.tfvars", "infra/backend.tf"):
        assert True is any(fnmatch(place, pattern) for pattern in ignored), place
    assert True is ("!infra/example.tfvars" in ignored)
