"""Exposure 监督曝光: written by one account, read over by the gate and released by another, taken down on its day."""
