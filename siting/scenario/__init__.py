"""What a planner asks for, as data."""
