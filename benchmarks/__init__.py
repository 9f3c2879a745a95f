"""Speed of the engine and of the ranking, beside what others offer for the same answer."""
