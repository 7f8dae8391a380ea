"""The commands in /usr/lib/localemr/bin, one module each (entrypoints.py has the table)."""
