"""Where the next site should stand: models, bounds, certificates and their independent checker."""
