"""Web pages of clusters behind the controller's own address (docs/web-uis.md)."""
