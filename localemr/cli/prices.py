"""The prices of this environment: those that come with LocalEMR, and the user's file in their place."""

from __future__ import annotations

from localemr.domain.cost.prices import Prices
from localemr.installation.prices import with_file
from localemr.settings import Settings


def read_prices(settings: Settings) -> Prices:
    """The prices. Raises Problem, with the file's name and the member, when the user's file is none."""
    from localemr.releases.prices import prices

    return with_file(settings, prices())
