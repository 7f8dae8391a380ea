"""Tez: the engine below Hive, on YARN."""
