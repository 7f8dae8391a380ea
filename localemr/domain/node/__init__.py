"""What lies on an instance: configuration files, info files, metadata, runs. Pure."""
