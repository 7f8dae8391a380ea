"""Release labels: the files `emr-*.toml` beside this one."""
