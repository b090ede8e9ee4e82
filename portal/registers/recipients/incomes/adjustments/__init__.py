"""What a place's rules take off or put to a household's income 核算事项: a job just taken, living away, stock unsold."""
