"""infra/firestore.tf is held against docs/data-model.md: what is exempt from indexing, what ends by itself."""

from tests.infra import data_model, terraform


def test_exactly_what_the_page_calls_exempt_is_exempt() -> None:
    assert {name: sorted(fields) for name, fields in sorted(data_model.fields("exempt").items())} == {
        name: sorted(fields) for name, fields in terraform.local("exempt").items()
    }


def test_the_collections_that_end_by_themselves_are_those_of_the_page() -> None:
    assert sorted(data_model.with_ttl()) == sorted(terraform.local("ttl"))


def test_every_ttl_field_is_exempt_from_indexing() -> None:
    exempt = terraform.local("exempt")
    assert [] == [name for name in terraform.local("ttl") if "expires" not in exempt[name]]


def test_nothing_is_both_queried_and_exempt_in_collections_of_one_name() -> None:
    exempt, queried = data_model.fields("exempt"), data_model.fields("queried")
    assert {} == {name: both for name, fields in queried.items() if (both := fields & exempt.get(name, set()))}


def test_there_are_fewer_settings_of_fields_than_firestore_takes() -> None:
    assert 200 > sum(map(len, terraform.local("exempt").values()))


def test_the_database_cannot_be_lost_by_a_slip() -> None:
    database = terraform.resource("google_firestore_database", "this").body
    assert "DELETE_PROTECTION_ENABLED" == database["delete_protection_state"]
    assert "POINT_IN_TIME_RECOVERY_ENABLED" == database["point_in_time_recovery_enablement"]
    schedule = terraform.resource("google_firestore_backup_schedule", "daily").body
    assert (1, "604800s") == (len(schedule["daily_recurrence"]), schedule["retention"])
