"""How what happens to leads is written down 留痕: a lead about a complaint tells of itself only to who may know of that."""
