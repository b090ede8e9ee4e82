"""Exports that carry whole names 导出: asked for by one person, approved by another, made once, gone after a while."""
