"""Reading the models of other systems: what their readers share."""
