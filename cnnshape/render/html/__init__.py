"""The live page: one HTML file that works out every number anew as sizes change."""
