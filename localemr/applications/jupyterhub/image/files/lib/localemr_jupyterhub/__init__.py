"""Notebooks of JupyterHub's users on S3. A user's server imports it."""
