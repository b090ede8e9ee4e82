"""What one person changed since two hands last stood for an entry 未复核的改动: withdrawn and corrected ones as well as new ones."""
