"""Helpers (帮扶力量) and pairings (结对). May import recipients and divisions; projects and funds may import it."""
