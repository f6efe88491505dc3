"""Sweeps: many trainings from one definition, compared by their losses."""
