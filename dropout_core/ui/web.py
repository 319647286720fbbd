"""How the app is served: its script, and what happens when the server stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).parent / "shell.py"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Stop the workers when the server stops."""
    try:
        yield
    finally:
        from dropout_core.ui import server  # not above: Streamlit's caches want its runtime, which begins after app.py

        await asyncio.to_thread(server.close)
