"""A small real Kubernetes on one machine, for tests by hand (README.md): `python -m tests.kubernetes up FOLDER`."""
