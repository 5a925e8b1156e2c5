"""Questions the other way round: which inputs, which windows, which widths give what is wanted."""
