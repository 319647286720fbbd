"""Reference runs included in the package. Their records and trained weights are in the folder FILES."""

from pathlib import Path

FILES = Path(__file__).parent / "files"
