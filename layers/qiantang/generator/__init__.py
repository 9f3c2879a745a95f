"""Generator of the synthetic Qiantang layers: one module per layer, all figures in facts.toml."""
