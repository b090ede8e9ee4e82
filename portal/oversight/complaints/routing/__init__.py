"""Who may have a complaint, and who may not know that there is one 分流与回避. Pure rules over the tree of organisations."""
