# What has to be there before a service can start. Applied alone the first time, so that secrets can be given their
# values and images can be built: terraform apply -target=terraform_data.ground
resource "terraform_data" "ground" {
  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_logs,
    google_secret_manager_secret.this,
    google_storage_bucket_iam_member.build,
  ]
}

resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudscheduler.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iap.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])
  project = var.project
  service = each.key
  # Others may use them too.
  disable_on_destroy = false
}
