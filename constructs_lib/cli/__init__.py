"""Console commands. Each loads what it needs when it runs; none loads the CDK to say its help."""
