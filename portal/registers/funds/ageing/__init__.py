"""How old the held money of a place is (滞留): reads for the console; the rules stand in retention.py."""
