"""From records and observations to new records and instructions: the rules. Pure."""
