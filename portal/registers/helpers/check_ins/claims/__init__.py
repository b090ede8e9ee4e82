"""Claims 走访声明: the signed message of a device, byte for byte as received, and the chain that its messages form."""
