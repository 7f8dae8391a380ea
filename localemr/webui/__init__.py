"""Web pages of clusters, with one origin per page (docs/web-uis.md)."""
