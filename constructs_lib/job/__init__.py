"""The job as a construct: what the template holds and who may do what."""
