"""The rules of deciding, one file each. A rule reads and changes the pass. decide.py has their order."""
