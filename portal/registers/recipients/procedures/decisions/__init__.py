"""What an approved decision does to the register, in the same transaction."""
