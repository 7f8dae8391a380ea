"""The parts of an installation besides its clusters: MinIO, the shared catalog, the controller's process."""
