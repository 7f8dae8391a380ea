"""The web console at the endpoint's `/` (docs/console.md): pages over the operations that every caller has."""

from localemr.console.routes import console_routes
from localemr.console.site import Site

__all__ = ["Site", "console_routes"]
