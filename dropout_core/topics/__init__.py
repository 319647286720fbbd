"""What pages show and no reader changes: worked out once, and kept for all readers."""
