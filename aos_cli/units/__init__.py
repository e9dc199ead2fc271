"""The units of a node: scheduler, compute and messenger decide, the store keeps, the node wires them."""
