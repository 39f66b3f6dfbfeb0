output "webhook_url" {
  description = "For LINE's console."
  value       = module.service["receive_webhook"].uri
}

output "staff_urls" {
  description = "For the staff."
  value       = { for name, one in local.topology.services : name => module.service[name].uri if one.trigger == "staff" }
}
