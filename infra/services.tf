locals {
  # What a service finds in its environment, by the name under `settings`. The audience is each staff service's own.
  settings = {
    GOOGLE_CLOUD_PROJECT = var.project
    LINE_API_URL         = var.line_api_url
    LINE_DATA_API_URL    = var.line_data_api_url
    CITY_TIMEZONE        = var.timezone
    QUIET_HOURS          = var.quiet_hours
    APPROVAL_ABOVE       = tostring(var.approval_above)
    MEDIA_BUCKET         = google_storage_bucket.media.name
    MEDIA_URL            = var.media_url
    PRIVATE_BUCKET       = google_storage_bucket.private.name
  }

  # By the word under `buckets`, before the slash.
  buckets = {
    media   = google_storage_bucket.media.name
    private = google_storage_bucket.private.name
  }

  # Who may call a service, by its trigger. LINE signs what it sends; nobody else is let in from outside.
  invokers = {
    http  = "allUsers"
    push  = google_service_account.push.member
    staff = local.agents.iap
  }
}

module "service" {
  source   = "./service"
  for_each = local.topology.services

  project = var.project
  region  = var.region
  # Cloud Run takes no underscore.
  name    = replace(each.key, "_", "-")
  service = each.value
  image   = "${google_artifact_registry_repository.images.registry_uri}/${each.value.bundle}:${var.release}"
  settings = {
    for name in each.value.settings : name => name == "STAFF_AUDIENCE" ? join("/", [
      "/projects", data.google_project.this.number, "locations", var.region, "services", replace(each.key, "_", "-"),
    ]) : local.settings[name]
  }
  secrets       = { for name in each.value.secrets : name => google_secret_manager_secret.this[name].secret_id }
  topics        = { for name in try(each.value.publishes, []) : name => google_pubsub_topic.work[name].name }
  database      = google_firestore_database.this.name
  buckets       = local.buckets
  invoker       = local.invokers[each.value.trigger]
  staff_group   = var.staff_group
  min_instances = lookup(var.min_instances, each.key, 0)

  depends_on = [terraform_data.ground]
}
