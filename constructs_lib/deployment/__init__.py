"""What a deployment does to the jobs of a stack, and the deployment of one job file as an app."""
