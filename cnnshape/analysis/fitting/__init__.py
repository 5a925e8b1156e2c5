"""Which inputs fit, which layer asks for it, and what the sizes become where they do."""
