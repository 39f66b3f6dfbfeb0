variable "project" {
  description = "The Google Cloud project; one city, one project. IAP wants it inside an organization."
  type        = string
}

variable "region" {
  description = "Where everything runs and every document, message and file stays."
  type        = string
  default     = "asia-northeast1"
}

variable "release" {
  description = "The tag of the images that are deployed; what docs/deploying.md builds and pushes."
  type        = string
}

variable "staff_group" {
  description = "The Google group whose members IAP lets through to the staff's pages; roles are given inside Tsunagu."
  type        = string
}

variable "alert_email" {
  description = "Who is written to when a message has ended in the dead letters."
  type        = string
}

variable "timezone" {
  description = "The city's time, in which staff write and read."
  type        = string
  default     = "Asia/Tokyo"
}

variable "quiet_hours" {
  description = "When news wait, in the city's time, such as 21:00-07:00; none: never. What may save a life never waits."
  type        = string
  default     = "21:00-07:00"
}

variable "approval_above" {
  description = "News to more people than this go out when somebody other than their writer has approved them."
  type        = number
  default     = 1000
}

variable "line_api_url" {
  description = "LINE's API; another address only for a rehearsal against a stand-in."
  type        = string
  default     = "https://api.line.me"
}

variable "line_data_api_url" {
  description = "Where LINE hands out the photos that residents send; another address only for a rehearsal."
  type        = string
  default     = "https://api-data.line.me"
}

variable "min_instances" {
  description = "Service => instances that are kept warm. LINE gives the webhook two seconds, a cold start included."
  type        = map(number)
  default     = { receive_webhook = 1 }
}

variable "media_url" {
  description = "Below what address LINE fetches pictures; another one only for a host of the city's own in front of the media bucket."
  type        = string
  default     = "https://storage.googleapis.com"
}

variable "media_public" {
  description = "Whether anyone who has its address may read a picture in the media bucket, as LINE has to."
  type        = bool
  default     = false
}

variable "photo_days" {
  description = "How many days a photo that answers a survey is kept; the answer itself stays, and says there was one."
  type        = number
  default     = 90
}
