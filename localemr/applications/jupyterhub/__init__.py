"""JupyterHub: notebooks in the browser for several people, kept on the master or on S3."""
