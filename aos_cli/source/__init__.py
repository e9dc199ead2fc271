"""Lua files on disk: reading, lexing, `require` resolution and bundling into one message."""
