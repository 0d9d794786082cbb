"""The shapes of what operators ask and of what they are answered."""
