"""Entry point: page configuration and navigation, nothing else."""

import streamlit as st

st.set_page_config(page_title="Dropout, seen at work", page_icon=":material/blur_on:", layout="wide")

PAGES = [
    st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
    st.Page("pages/masks.py", title="Masks", icon=":material/grain:", url_path="masks"),
    st.Page("pages/scaling.py", title="Inverted scaling", icon=":material/balance:", url_path="scaling"),
    st.Page("pages/training.py", title="Train on MNIST", icon=":material/model_training:", url_path="training"),
]

st.navigation(PAGES, position="top").run()
