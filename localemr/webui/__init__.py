"""Web pages of clusters, each at an origin of its own (docs/web-uis.md)."""
