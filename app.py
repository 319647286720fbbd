"""Entry point: page configuration and navigation, nothing else."""


def main() -> None:
    # Imported here: worker processes import this file again, and must neither draw pages nor carry Streamlit along.
    import streamlit as st

    st.set_page_config(page_title="Dropout, seen at work", page_icon="dropout_core/static/icon.svg", layout="wide")
    # Streamlit leaves a sixth of the screen empty at the top.
    st.html("<style>.stMainBlockContainer { padding-top: 4.5rem }</style>")
    st.session_state["opened"] = True  # see ui.open_page
    pages = [
        st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("pages/masks.py", title="Masks", icon=":material/grain:", url_path="masks"),
        st.Page("pages/scaling.py", title="Inverted scaling", icon=":material/balance:", url_path="scaling"),
        st.Page("pages/training.py", title="Train on MNIST", icon=":material/model_training:", url_path="training"),
        st.Page("pages/rates.py", title="Which rate?", icon=":material/grid_on:", url_path="rates"),
        st.Page("pages/uncertainty.py", title="Uncertainty", icon=":material/help:", url_path="uncertainty"),
        st.Page("pages/ensemble.py", title="Ensemble", icon=":material/hub:", url_path="ensemble"),
        st.Page("pages/neurons.py", title="What neurons learn", icon=":material/neurology:", url_path="neurons"),
        st.Page("pages/pitfalls.py", title="Pitfalls", icon=":material/bug_report:", url_path="pitfalls"),
    ]
    st.navigation(pages, position="top").run()


if __name__ == "__main__":
    main()
