"""Paper visits 纸质走访: for helpers without a smartphone; entered by one person and countersigned by another."""
