"""The knowledge base: TOML files → validated, frozen records."""
