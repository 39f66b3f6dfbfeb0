resource "google_firestore_database" "this" {
  project                           = var.project
  name                              = "(default)"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  depends_on                        = [google_project_service.this]
}

# What is erased is in a backup until the backup ends, so it ends soon.
resource "google_firestore_backup_schedule" "daily" {
  project   = var.project
  database  = google_firestore_database.this.name
  retention = "604800s" # 7 days, as far as point-in-time recovery reaches

  daily_recurrence {}
}

resource "google_firebaserules_ruleset" "firestore" {
  project = var.project

  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/firestore.rules")
    }
  }

  # The rules in force cannot be deleted.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.this, google_firestore_database.this]
}

resource "google_firebaserules_release" "firestore" {
  project      = var.project
  name         = "cloud.firestore"
  ruleset_name = "projects/${var.project}/rulesets/${google_firebaserules_ruleset.firestore.name}"

  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.firestore]
  }
}

# Single-field indexes that must not be and the TTL fields, by collection: docs/data-model.md says why. Firestore takes
# such settings for all collections of one name, and for a map with everything in it. No query needs more than the
# automatic indexes of the other fields: tests/infra holds all this against the queries that are made.
locals {
  exempt = {
    audiences      = ["audience"]
    audit          = ["at"]
    broadcasts     = ["to", "messages", "version_for", "source", "freezing", "audience_by_language", "audience_by_ward", "totals", "statistics", "repeat", "sent_back", "paused", "proved", "refused", "spent", "spread"]
    changes        = ["row", "version"]
    chunks         = ["ids", "from", "to", "lease", "next_try", "slices", "forget", "counts", "spent", "expires"]
    conversations  = ["asked", "texts", "unsent", "expires"]
    editions       = ["definition"]
    exports        = ["filter", "lease", "taken", "expires"]
    freezes        = ["begun_at", "expires"]
    handled_events = ["at", "expires", "owed.messages", "owed.reply_token", "owed.token_until"]
    id_lists       = ["expires"]
    invited        = ["ids", "from", "to", "expires"]
    ledger         = ["rows"]
    pace           = ["next_at", "slowed_at", "urgent_until"]
    packs          = ["rows", "lean", "turn"]
    parts          = ["ids", "from", "to", "expires"]
    rejected       = ["expires"]
    residents      = ["since", "consent", "changed", "version"]
    responses      = ["answers", "started_at", "finished_at", "version", "brought"]
    roster         = ["rows", "turn"]
    roster_changes = ["row", "version"]
    stops          = ["expires"]
    surveys        = ["definition", "salt", "full", "cleaned_up_to"]
    tags           = ["texts"]
    tester_codes   = ["expires"]
    tester_tries   = ["wrong", "expires"]
    units          = ["names"]
  }

  # Collections whose `expires` is a TTL field.
  ttl = ["chunks", "conversations", "exports", "freezes", "handled_events", "id_lists", "invited", "parts", "rejected", "stops", "tester_codes", "tester_tries"]
}

resource "google_firestore_field" "exempt" {
  for_each = merge([
    for collection, fields in local.exempt : {
      for field in fields : "${collection}.${field}" => { collection = collection, field = field }
    }
  ]...)
  project    = var.project
  database   = google_firestore_database.this.name
  collection = each.value.collection
  field      = each.value.field

  # Empty: no index at all.
  index_config {}

  dynamic "ttl_config" {
    for_each = each.value.field == "expires" && contains(local.ttl, each.value.collection) ? [1] : []
    content {}
  }
}
