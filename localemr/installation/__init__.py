"""What an installation has besides its clusters: MinIO, the shared catalog, the controller's process."""
