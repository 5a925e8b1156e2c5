"""Pictures and tables: one neutral scene, one writer for each format."""
