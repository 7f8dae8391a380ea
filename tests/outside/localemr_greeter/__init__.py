"""An application that LocalEMR does not know: an HTTP server in Python, and a release label that has it.

It is installed by its folder's being on the path: `localemr_greeter-1.0.dist-info` has its entry points.
"""
