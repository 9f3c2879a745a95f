"""Layers: any source read into the declared tables, in the scenario's metric CRS."""
