resource "google_pubsub_topic" "work" {
  for_each = local.topology.topics
  project  = var.project
  name     = each.key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic" "dead" {
  for_each = local.topology.topics
  project  = var.project
  name     = each.value.dead_letter

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this]
}

# A topic keeps nothing by itself.
resource "google_pubsub_subscription" "kept" {
  for_each                   = local.topology.topics
  project                    = var.project
  name                       = each.value.dead_letter_subscription
  topic                      = google_pubsub_topic.dead[each.key].id
  message_retention_duration = "${local.topology.dead_letter_retention_days * 86400}s"

  expiration_policy {
    # Never: one that nobody looked into for a month would be gone.
    ttl = ""
  }
}

resource "google_pubsub_subscription" "push" {
  for_each                   = local.topology.subscriptions
  project                    = var.project
  name                       = each.key
  topic                      = google_pubsub_topic.work[each.value.topic].id
  ack_deadline_seconds       = each.value.ack_deadline_seconds
  message_retention_duration = "${each.value.retention_hours * 3600}s"

  push_config {
    push_endpoint = module.service[each.value.service].uri

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = module.service[each.value.service].uri
    }
  }

  retry_policy {
    minimum_backoff = "${local.topology.retry.min_backoff_seconds}s"
    maximum_backoff = "${local.topology.retry.max_backoff_seconds}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.value.topic].id
    max_delivery_attempts = local.topology.retry.attempts
  }

  expiration_policy {
    ttl = ""
  }

  # Before Pub/Sub may sign as the push identity, every push would fail.
  depends_on = [google_service_account_iam_member.push_tokens, google_pubsub_topic_iam_member.dead]
}

# Who Pub/Sub is when it pushes.
resource "google_service_account" "push" {
  project      = var.project
  account_id   = "pubsub-push"
  display_name = "Pub/Sub, when it pushes"
  depends_on   = [google_project_service.this]
}

resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.agents.pubsub
}

# Pub/Sub's own account takes a message that failed too often out of the one, and puts it into the other.
resource "google_pubsub_topic_iam_member" "dead" {
  for_each = google_pubsub_topic.dead
  project  = var.project
  topic    = each.value.name
  role     = "roles/pubsub.publisher"
  member   = local.agents.pubsub
}

resource "google_pubsub_subscription_iam_member" "push" {
  for_each     = google_pubsub_subscription.push
  project      = var.project
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.agents.pubsub
}
