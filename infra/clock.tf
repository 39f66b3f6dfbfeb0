resource "google_cloud_scheduler_job" "tick" {
  project     = var.project
  region      = var.region
  name        = "tick"
  description = "Says what time it is: run_due_work finds out what that means"
  schedule    = "* * * * *"
  time_zone   = "Asia/Tokyo"

  pubsub_target {
    topic_name = google_pubsub_topic.work["ticks"].id
    # A push without a body is answered 400 for ever.
    data = base64encode(jsonencode({ tick = "minute" }))
  }
}
