"""What decides whether a new model serves."""
