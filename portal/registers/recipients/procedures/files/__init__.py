"""Evidence of procedures: photos, signed sheets and scans, sealed."""
