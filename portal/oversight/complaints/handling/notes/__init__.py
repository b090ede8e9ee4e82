"""Notes of the handlers 办理说明: sealed to the organ in charge and to those above it."""
