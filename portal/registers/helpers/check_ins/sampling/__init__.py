"""Sampling 抽查: visits and households drawn at random each month, whatever any rule has seen, and what was found there."""
