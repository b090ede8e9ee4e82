"""Rules over incomes: what never counts and is counted, exits that do not hold, three versions that differ, help due."""
