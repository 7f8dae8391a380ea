"""For tests of programs that use EMR: outcomes by script, a clock to move, pytest fixtures (docs/testing.md)."""

from localemr.testing.client import Control

__all__ = ["Control"]
