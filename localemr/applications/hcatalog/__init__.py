"""HCatalog: the command line of the metastore's tables."""
