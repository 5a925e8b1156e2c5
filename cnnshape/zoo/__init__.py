"""Published networks as builder functions, each with its reference."""
