"""One carrier for Ingrid: parcels are handed to couriers, and what becomes of them is told back."""

__version__ = "0.1.0"
