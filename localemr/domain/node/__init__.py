"""The contents of an instance: configuration files, info files, metadata, runs. Pure."""
