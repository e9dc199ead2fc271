"""Turns models and errors into what a reader sees; never prints."""
