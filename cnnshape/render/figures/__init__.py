"""Pictures of networks and of what their layers do: each makes a `Scene`, which the writers put on paper."""
