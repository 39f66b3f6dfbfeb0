variables {
  project     = "tsunagu-example"
  release     = "2026-11-22"
  staff_group = "line-staff@city.example"
  alert_email = "line-alerts@city.example"
}

run "nothing_but_the_webhook_is_public_until_somebody_says_so" {
  command = plan

  assert {
    condition = toset(["enforced"]) == toset([
      google_storage_bucket.bundles.public_access_prevention,
      google_storage_bucket.private.public_access_prevention,
      google_storage_bucket.media.public_access_prevention,
    ])
    error_message = "a bucket is not closed to the public"
  }

  assert {
    condition     = 0 == length(google_storage_bucket_iam_member.media_readers)
    error_message = "the media bucket is readable by everyone although nobody asked for it"
  }
}

run "pictures_become_readable_by_address_and_cannot_be_listed" {
  command = plan

  variables {
    media_public = true
  }

  assert {
    condition     = "inherited" == google_storage_bucket.media.public_access_prevention
    error_message = "the media bucket stays closed, so LINE cannot fetch pictures"
  }

  assert {
    condition     = ["roles/storage.legacyObjectReader"] == google_storage_bucket_iam_member.media_readers[*].role
    error_message = "everyone is to read a picture whose address they have, and no more"
  }

  assert {
    condition     = "enforced" == google_storage_bucket.private.public_access_prevention
    error_message = "the private bucket is no longer private"
  }
}

run "every_topic_is_pushed_somewhere_and_has_dead_letters_that_are_kept" {
  command = plan

  assert {
    condition     = keys(google_pubsub_topic.work) == keys(google_pubsub_subscription.kept)
    error_message = "a topic has no dead-letter subscription"
  }

  assert {
    condition     = alltrue([for kept in google_pubsub_subscription.kept : "604800s" == kept.message_retention_duration])
    error_message = "dead letters are not kept for the seven days of the topology"
  }

  assert {
    condition = alltrue([
      for push in google_pubsub_subscription.push : 100 == push.dead_letter_policy[0].max_delivery_attempts
    ])
    error_message = "a message would be given up before the 100 attempts of the topology"
  }

  assert {
    condition     = "" != base64decode(google_cloud_scheduler_job.tick.pubsub_target[0].data)
    error_message = "a tick without a body is answered 400 for ever"
  }
}
