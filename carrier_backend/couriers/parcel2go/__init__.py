"""Parcel2Go, of the United Kingdom: a broker of many couriers, paid from a prepaid balance (specs/parcel2go.md)."""
