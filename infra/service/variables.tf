variable "project" {
  type = string
}

variable "region" {
  type = string
}

variable "name" {
  description = "As Cloud Run has it; the service's account is called the same."
  type        = string
}

variable "service" {
  description = "What topology.yaml says of it."
  type = object({
    entry_point     = string
    trigger         = string
    concurrency     = number
    cpu             = number
    memory          = string
    timeout_seconds = number
    max_instances   = number
    uses            = list(string)
    buckets         = optional(map(string), {})
  })
}

variable "image" {
  type = string
}

variable "settings" {
  description = "Name in the environment => value."
  type        = map(string)
}

variable "secrets" {
  description = "Name in the environment => id of the secret; its latest version is read when an instance starts."
  type        = map(string)
}

variable "topics" {
  description = "The topics it publishes to."
  type        = map(string)
}

variable "database" {
  type = string
}

variable "buckets" {
  description = "The city's buckets by the words of the topology."
  type        = map(string)
}

variable "invoker" {
  description = "The one member that may call it."
  type        = string
}

variable "staff_group" {
  type = string
}

variable "min_instances" {
  type = number
}
