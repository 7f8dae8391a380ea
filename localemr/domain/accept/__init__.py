"""From checked requests to records, or an error and nothing else. Pure."""
