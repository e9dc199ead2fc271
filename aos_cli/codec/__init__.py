"""Pure bytes to model and back: ids, deep hash, ANS-104 data items, hash chain and assignments."""
