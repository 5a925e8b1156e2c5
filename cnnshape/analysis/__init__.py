"""What follows from a network: one small frozen result for each question."""
