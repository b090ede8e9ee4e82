"""The life cycles, as tables: who acts at a step, what it must hold, and where each result leads."""
