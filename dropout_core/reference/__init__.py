"""Runs that ship with the package: FILES is the folder of their records and trained weights."""

from pathlib import Path

FILES = Path(__file__).parent / "files"
