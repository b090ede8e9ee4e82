"""Annual reviews 年度评估 of random inspections."""
