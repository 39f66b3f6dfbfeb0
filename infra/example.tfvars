# All that a plan needs. Copy it to city.tfvars, which git ignores, and put the city's own values in.
project     = "tsunagu-example"
region      = "asia-northeast1"
release     = "2026-11-22"
staff_group = "line-staff@city.example"
alert_email = "line-alerts@city.example"

# Kept warm at about 10 dollars a month each: with one handle_line_event too, nobody waits for a cold start.
min_instances = { receive_webhook = 1, handle_line_event = 1 }

# True once pictures are sent: LINE fetches them without signing in. Everything else stays private.
media_public = false
