"""What the resource types of deployments and of provisioned throughputs have in common."""
