"""Seeing who wrote 拆封身份: asked for with a reason, agreed by a second person, seen once, reviewed by another organ."""
