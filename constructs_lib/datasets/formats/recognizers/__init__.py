"""What recognizes, in a tenth of the time, the records that certainly keep every rule of a format."""
