"""Test a city plan's promises of access on the streets, and rank the sites that keep them."""

__version__ = "0.1.0"
