"""From checked requests to records, or an error without any effect. Pure."""
