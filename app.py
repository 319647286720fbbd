"""Entry point: page configuration and navigation, nothing else."""


def main() -> None:
    # Imported here: worker processes import this file again, and must neither draw pages nor carry Streamlit along.
    import streamlit as st

    from dropout_core.site import PAGES

    st.set_page_config(page_title="Dropout, seen at work", page_icon="dropout_core/static/icon.svg", layout="wide")
    # Streamlit leaves a sixth of the screen empty at the top.
    st.html("<style>.stMainBlockContainer { padding-top: 4.5rem }</style>")
    st.session_state["opened"] = True  # see ui.open_page
    # One flat list: Streamlit's menus with sections are lists that a screen reader cannot follow (axe: list, listitem).
    pages = [
        st.Page(entry.path, title=entry.title, icon=f":material/{entry.icon}:", default=entry is PAGES[0])
        for entry in PAGES
    ]
    st.navigation(pages, position="top").run()


if __name__ == "__main__":
    main()
