"""Patterns of notices 公示样式: what each kind of notice carries, for how long, and by what rule."""
