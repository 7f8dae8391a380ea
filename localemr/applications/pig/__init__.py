"""Pig: scripts in Pig Latin, on Tez or MapReduce."""
