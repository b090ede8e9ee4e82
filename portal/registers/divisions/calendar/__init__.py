"""Working-day overrides (工作日调整): the operator's corrections win over any holiday library."""
