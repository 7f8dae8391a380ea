"""What a cluster would cost on EMR: prices, and the arithmetic of a bill. Pure."""
