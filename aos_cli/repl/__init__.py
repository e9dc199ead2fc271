"""The interactive shell. The only package that imports prompt_toolkit."""
