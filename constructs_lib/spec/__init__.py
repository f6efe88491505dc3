"""Values, rules and the request: the pure half, which never imports the CDK."""
