"""Cases 案件: what a named team works on under seal. Who is neither of it nor its head cannot tell that one exists."""
