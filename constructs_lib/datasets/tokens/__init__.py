"""Estimating tokens: of texts by their scripts, of a file from a sample, of a training."""
