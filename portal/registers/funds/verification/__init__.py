"""Are the kept sums still the sums of their rows? Read by the nightly check and by tests."""
