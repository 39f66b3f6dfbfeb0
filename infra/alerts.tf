locals {
  dead_letters = [for kept in google_pubsub_subscription.kept : "\"${kept.name}\""]
}

resource "google_monitoring_notification_channel" "email" {
  project      = var.project
  display_name = "Tsunagu: ${var.alert_email}"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project
  display_name          = "Tsunagu: a message ended in the dead letters"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "messages wait in a dead-letter subscription"

    condition_threshold {
      filter = join(" AND ", [
        "resource.type = \"pubsub_subscription\"",
        "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\"",
        "resource.labels.subscription_id = one_of(${join(", ", local.dead_letters)})",
      ])
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    subject = "Tsunagu: a message ended in the dead letters"
    content = "Something is broken that repeating did not mend. docs/runbook.md says where to look, and how to publish the messages again once it is mended. They are kept for ${local.topology.dead_letter_retention_days} days."
  }
}
