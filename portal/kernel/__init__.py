"""The kernel: values and tools without Flask and without a register. Everybody may import it; it imports only settings."""
