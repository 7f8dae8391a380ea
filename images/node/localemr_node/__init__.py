"""The programs of a node: its process 1, and the tools that runs use (docs/node-contract.md).

Only Debian's Python 3.11 is needed. What process 1 imports stays small, because it idles in every node: it imports
neither `typing` nor `dataclasses`, so types are imported below `if TYPE_CHECKING` only.
"""
