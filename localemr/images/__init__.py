"""The images of LocalEMR: their definitions (plan), and their builds (build)."""

from localemr.images.build import BuildFailure, build, missing, prune, sizes
from localemr.images.plan import Image, plan, reference, services

__all__ = ["BuildFailure", "Image", "build", "missing", "plan", "prune", "reference", "services", "sizes"]
