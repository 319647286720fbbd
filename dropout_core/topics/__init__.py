"""One folder per page: its numerics, study, findings, charts and cached results."""
