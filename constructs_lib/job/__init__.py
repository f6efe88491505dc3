"""The construct: the resources of a job, and their permissions."""
