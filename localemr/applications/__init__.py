"""Applications: one folder per application, found by its `application.py`. Other packages add applications by the entry
point group "localemr.applications"."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from localemr.domain.model.application import Application
from localemr.extensions import added


@cache
def applications() -> Mapping[str, Application]:
    """All applications by EMR's name for them."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}.application").APPLICATION
        for module in pkgutil.iter_modules(__path__)
        if module.ispkg
    ]
    return {application.name: application for application in (*found, *added("localemr.applications"))}
