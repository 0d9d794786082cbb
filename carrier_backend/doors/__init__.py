"""What every door shares: how bodies are read, how refusals look, and that each route names its guard."""
