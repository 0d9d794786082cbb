"""Run by `upgrade`; one small step each."""
