"""Clients: one way of speaking to every kind of node."""
