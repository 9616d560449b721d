"""Sources that hold files: a watched folder, a bucket, an SFTP server."""
