"""Entry point: page configuration and navigation, nothing else."""


def main() -> None:
    # Imported here: worker processes import this file again, and must neither draw pages nor carry Streamlit along.
    import streamlit as st

    st.set_page_config(page_title="Dropout, seen at work", page_icon="dropout_core/static/icon.svg", layout="wide")
    # Streamlit leaves a sixth of the screen empty at the top.
    st.html("<style>.stMainBlockContainer { padding-top: 4.5rem }</style>")
    st.session_state["opened"] = True  # see ui.open_page
    sections = {
        "": [st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True)],
        "See it": [
            st.Page("pages/masks.py", title="Masks", icon=":material/grain:"),
            st.Page("pages/scaling.py", title="Inverted scaling", icon=":material/balance:"),
            st.Page("pages/ensemble.py", title="Ensemble", icon=":material/hub:"),
            st.Page("pages/variants.py", title="Variants", icon=":material/blur_on:"),
        ],
        "Train it": [
            st.Page("pages/training.py", title="Train on MNIST", icon=":material/model_training:"),
            st.Page("pages/rates.py", title="Which rate?", icon=":material/grid_on:"),
            st.Page("pages/regularisers.py", title="Other regularisers", icon=":material/tune:"),
            st.Page("pages/neurons.py", title="What neurons learn", icon=":material/neurology:"),
        ],
        "Use it": [
            st.Page("pages/uncertainty.py", title="Uncertainty", icon=":material/help:"),
            st.Page("pages/pitfalls.py", title="Pitfalls", icon=":material/bug_report:"),
        ],
        "Check it": [
            st.Page("pages/papers.py", title="Papers", icon=":material/menu_book:"),
            st.Page("pages/claims.py", title="Claims", icon=":material/fact_check:"),
        ],
    }
    st.navigation(sections, position="top").run()


if __name__ == "__main__":
    main()
