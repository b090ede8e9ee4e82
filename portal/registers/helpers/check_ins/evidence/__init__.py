"""Evidence 佐证: gathers what a new check-in is compared with, and makes the bundle of its signals."""
