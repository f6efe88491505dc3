"""Reading data: files, folders, S3 and standard input, in whole lines; a line decoded as a record."""
