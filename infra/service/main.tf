# A service: Cloud Run, an account of its own, the roles it needs on what it uses, and who may call it.
locals {
  behind_iap = var.service.trigger == "staff"
  variables = merge(var.settings, {
    FUNCTION_TARGET = var.service.entry_point
    THREADS         = tostring(var.service.concurrency)
  })

  # By the topology's words.
  bucket_roles = {
    add  = "roles/storage.objectCreator"
    read = "roles/storage.objectViewer"
    keep = "roles/storage.objectUser"
  }
}

resource "google_service_account" "this" {
  project      = var.project
  account_id   = var.name
  display_name = "Service ${var.name}"
}

resource "google_cloud_run_v2_service" "this" {
  project  = var.project
  location = var.region
  name     = var.name
  # Pub/Sub of the same project counts as internal.
  ingress     = var.service.trigger == "push" ? "INGRESS_TRAFFIC_INTERNAL_ONLY" : "INGRESS_TRAFFIC_ALL"
  iap_enabled = local.behind_iap
  # It holds no data.
  deletion_protection = false

  template {
    service_account                  = google_service_account.this.email
    timeout                          = "${var.service.timeout_seconds}s"
    max_instance_request_concurrency = var.service.concurrency

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.service.max_instances
    }

    containers {
      image = var.image

      resources {
        limits            = { cpu = tostring(var.service.cpu), memory = var.service.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.variables
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }
    }
  }

  # A revision that may not read its secrets does not start.
  depends_on = [google_secret_manager_secret_iam_member.this]
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.this.name
  role     = "roles/run.invoker"
  member   = var.invoker
}

resource "google_iap_web_cloud_run_service_iam_member" "staff" {
  count                  = local.behind_iap ? 1 : 0
  project                = var.project
  location               = var.region
  cloud_run_service_name = google_cloud_run_v2_service.this.name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = "group:${var.staff_group}"
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each  = var.secrets
  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this.member
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = var.topics
  project  = var.project
  topic    = each.value
  role     = "roles/pubsub.publisher"
  member   = google_service_account.this.member
}

# A bucket, or the one folder of it that the service has to do with. Who adds can neither list, read, replace nor delete.
resource "google_storage_bucket_iam_member" "this" {
  for_each = var.service.buckets
  bucket   = var.buckets[split("/", each.key)[0]]
  role     = local.bucket_roles[each.value]
  member   = google_service_account.this.member

  dynamic "condition" {
    for_each = slice(split("/", each.key), 1, length(split("/", each.key)))
    content {
      title      = "below ${condition.value} only"
      expression = "resource.name.startsWith(\"projects/_/buckets/${var.buckets[split("/", each.key)[0]]}/objects/${condition.value}/\")"
    }
  }
}

# Firestore's roles can be given on the project only; the condition narrows this one to the city's database.
resource "google_project_iam_member" "firestore" {
  count   = contains(var.service.uses, "firestore") ? 1 : 0
  project = var.project
  role    = "roles/datastore.user"
  member  = google_service_account.this.member

  condition {
    title = "this database only"
    expression = join(" && ", [
      "resource.type == \"firestore.googleapis.com/Database\"",
      "resource.name == \"projects/${var.project}/databases/${var.database}\"",
    ])
  }
}
