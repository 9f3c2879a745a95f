"""What plans promise, as data."""
