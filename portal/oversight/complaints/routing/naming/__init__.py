"""What persons and organisations are known as, as keyed hashes: routing compares these and keeps no name."""
