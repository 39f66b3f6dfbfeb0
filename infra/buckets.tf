# What images are built from.
resource "google_storage_bucket" "bundles" {
  project                     = var.project
  name                        = "${var.project}-bundles"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  lifecycle_rule {
    condition {
      age = 30 # days; the image is what stays
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.this]
}

# What only functions and the operator see: photos that residents sent (surveys/), and files that staff asked for (exports/).
resource "google_storage_bucket" "private" {
  project                     = var.project
  name                        = "${var.project}-private"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    # Nor is an earlier version of it kept.
    enabled = false
  }

  lifecycle_rule {
    condition {
      age            = var.photo_days
      matches_prefix = ["surveys/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 7 # days, as the page promises: KEPT in tsunagu/surveys/take/jobs.py
      matches_prefix = ["exports/"]
    }
    action {
      type = "Delete"
    }
  }

  soft_delete_policy {
    # What a resident has erased is gone at once.
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.this]
}

# Pictures that LINE has to fetch without signing in, and nothing else.
resource "google_storage_bucket" "media" {
  project                     = var.project
  name                        = "${var.project}-media"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = var.media_public ? "inherited" : "enforced"

  depends_on = [google_project_service.this]
}

# Reads an object whose name it knows; objectViewer would also list them all.
resource "google_storage_bucket_iam_member" "media_readers" {
  count  = var.media_public ? 1 : 0
  bucket = google_storage_bucket.media.name
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}
