"""A smoke test against AWS, for the first person with an account: `python -m tools.smoke --help`."""
