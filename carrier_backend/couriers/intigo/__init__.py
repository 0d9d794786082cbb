"""Intigo, Tunisia: its "secure-api" (specs/intigo.md; the document itself is original 000)."""
