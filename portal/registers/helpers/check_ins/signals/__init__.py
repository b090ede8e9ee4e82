"""Signals 迹象: what the evidence of a visit looks like (R1 … R12). Pure; a signal is never a verdict."""
