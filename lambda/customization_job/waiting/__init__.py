"""Waiting in the deployment: signals for the wait condition of a job, sent as the job proceeds."""
