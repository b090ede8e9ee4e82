"""Photos of visits 走访照片: kept sealed as they came, hashed, with a rebuilt picture beside them for everybody else."""
