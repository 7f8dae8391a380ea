"""Jupyter Enterprise Gateway: kernels on the master for notebooks anywhere, and what executes notebooks of S3."""
