"""Rules evaluated: who is covered, who is left out, and why."""
