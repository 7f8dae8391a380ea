"""The rules of deciding, one file each. A rule takes the pass and changes it; decide.py has their order."""
