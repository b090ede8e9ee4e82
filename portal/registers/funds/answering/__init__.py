"""Payments as what a household answers to: who entered and checked a line, and its answer taken down."""
