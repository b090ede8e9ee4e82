"""Warning rules (预警) over our own registers: F funds, P projects, H helping, S those who handle leads."""
