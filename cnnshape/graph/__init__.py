"""Networks: building, propagation, liveness and rewrites."""
