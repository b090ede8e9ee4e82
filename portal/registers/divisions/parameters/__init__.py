"""Dated parameters (动态参数): every line, standard and threshold, per division, with its legal basis."""
