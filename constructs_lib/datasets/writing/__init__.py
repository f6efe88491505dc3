"""Writing data: the valid records of a file, and training and validation data made of one file."""
