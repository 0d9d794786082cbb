"""What is true whoever asks: the words of the trade and its rules, in the standard library alone."""
