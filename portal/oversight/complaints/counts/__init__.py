"""What everybody may know of complaints 举报统计: counts of closed quarters by county, none that could name a case."""
