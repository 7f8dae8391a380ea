"""For tests of programs that use EMR: scripted outcomes, a movable clock, pytest fixtures (docs/testing.md)."""

from localemr.testing.client import Control

__all__ = ["Control"]
