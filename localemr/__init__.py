"""LocalEMR: a self-hosted Amazon EMR."""

__version__ = "0.1.0"
