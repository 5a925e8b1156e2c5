"""The halves of a design file: text to entries, entries to nodes, and back; `design_file` is its face."""
