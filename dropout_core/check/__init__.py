"""Checks PyTorch source for the pitfalls of dropout. Reads its syntax tree; runs none of it."""
