"""Hudi: tables with records that are changed by key."""
