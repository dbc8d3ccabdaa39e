"""Configuration and policy: strict TOML into typed values."""
