"""The household's own word 本户回答: on each item recorded about it, kept as said; and what comes of a dispute 异议."""
