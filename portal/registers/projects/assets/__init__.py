"""Assets (扶贫资产) and the distribution of what they earn."""
