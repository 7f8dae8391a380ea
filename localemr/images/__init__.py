"""The images of LocalEMR: which there are (plan), which of them are there (daemon, present), and their builds (build,
ondemand)."""
