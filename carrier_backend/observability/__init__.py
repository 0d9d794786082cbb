"""What this system shows of itself: log lines, figures, and whether it is well."""
