"""The shapes of what Ingrid sends and receives, and nothing else; each is instantiated once."""
