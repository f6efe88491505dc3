"""Tools for the tests of everyone who deploys customization jobs."""
