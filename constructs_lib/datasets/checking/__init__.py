"""Checking data by the rules of a model: records, whole files, and both files together."""
