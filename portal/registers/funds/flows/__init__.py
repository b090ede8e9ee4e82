"""Reads for the picture of the money: rows by focus, names of nodes, sums by area. One statement for the rows."""
