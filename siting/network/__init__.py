"""The street network: arrays, places on it, walking costs, drawings."""
