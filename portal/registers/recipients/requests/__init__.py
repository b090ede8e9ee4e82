"""Requests for help 求助申报: what a household, or somebody for it, asks for. Sealed on arrival, never dropped."""
