"""Spread 走访分布: how visits lie over days and over the land, coarse enough that no place is given away."""
