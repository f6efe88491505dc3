"""Whether the model of a job is promoted to what serves, and whether it is taken back."""
