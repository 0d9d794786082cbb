"""Ecotrack, of Algeria: one system that many couriers run under names of their own (specs/ecotrack.md)."""
