"""Questions 请本人说明: what a helper is asked about a visit before anybody else is, and what the helper answers."""
