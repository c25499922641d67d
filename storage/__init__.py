"""What is remembered: jobs in Redis, files and documents in the object store."""
