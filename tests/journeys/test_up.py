"""Web and worker as they are run: one command, many requests, an end that is graceful."""
