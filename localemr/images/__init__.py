"""The images that LocalEMR runs from: what they are (plan), and how they come about (build)."""

from localemr.images.build import BuildFailure, build, missing, prune, sizes
from localemr.images.plan import Image, plan, reference, services

__all__ = ["BuildFailure", "Image", "build", "missing", "plan", "prune", "reference", "services", "sizes"]
