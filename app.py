"""Entry point: page configuration and navigation, nothing else."""


def main() -> None:
    # Imported here: worker processes import this file again, and must neither draw pages nor carry Streamlit along.
    import streamlit as st

    from dropout_core.site import sections

    st.set_page_config(page_title="Dropout, seen at work", page_icon="dropout_core/static/icon.svg", layout="wide")
    # Streamlit leaves a sixth of the screen empty at the top.
    st.html("<style>.stMainBlockContainer { padding-top: 4.5rem }</style>")
    st.session_state["opened"] = True  # see ui.open_page
    menu = {
        section: [
            st.Page(entry.path, title=entry.title, icon=f":material/{entry.icon}:", default=not section)
            for entry in entries
        ]
        for section, entries in sections().items()
    }
    st.navigation(menu, position="top").run()


if __name__ == "__main__":
    main()
