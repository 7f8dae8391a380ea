"""What the tools of a node share."""
