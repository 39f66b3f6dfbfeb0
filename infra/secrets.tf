# Containers only: the values are added with gcloud (docs/deploying.md) and never come near Terraform or its state.
resource "google_secret_manager_secret" "this" {
  for_each  = toset(flatten([for service in local.topology.services : service.secrets]))
  project   = var.project
  secret_id = each.key

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  deletion_protection = true
  depends_on          = [google_project_service.this]
}
