"""A command-line shell for AO, the actor computer on Arweave."""

__version__ = "0.1.0"
