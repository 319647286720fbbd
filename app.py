"""The app: `streamlit run app.py`. What it shows begins in dropout_core/ui/shell.py."""

import streamlit as st

from dropout_core.ui.http import web

# Written out here, since Streamlit looks for it in the source.
app = st.App(web.SCRIPT, middleware=web.middleware(), lifespan=web.lifespan)
