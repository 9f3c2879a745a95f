"""What needs data to be checked."""
