"""Where a number comes from: the rule, its letters, the numbers put in, the result."""
