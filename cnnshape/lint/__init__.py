"""Rules about designs: small functions over the facts of a report."""
