"""Judgements: asked, explained, counted or not. Only a person counts or does not count a visit."""
