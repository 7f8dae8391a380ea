"""Delta Lake: tables with a log of transactions."""
