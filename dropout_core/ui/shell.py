"""The script that Streamlit runs for every reader. It only configures the page and its navigation."""


def main() -> None:
    # Imported here because worker processes run this file as their main module, and must not load Streamlit.
    from pathlib import Path

    import streamlit as st

    from dropout_core.common import process
    from dropout_core.common.settings import SettingError
    from dropout_core.data.mnist import DataError
    from dropout_core.ui import navigation, tour

    static = Path(__file__).parent / "static"
    # The menu is a flat list: in Streamlit 1.67, sections still break the list semantics for screen readers on phones
    # (axe: list, listitem), though no longer in wide windows.
    # Entries have no icons, since these would push four pages into the "more" menu at a window width of 1280 pixels.
    pages = navigation.menu()
    page = st.navigation(list(pages), position="top")
    entry = pages[page]
    st.set_page_config(page_title=entry.full_title, page_icon=str(static / "icon.svg"), layout="wide")
    navigation.note_visit(entry.name)
    tour.begin(entry.name)
    tour.card()
    try:
        page.run()
    except (DataError, SettingError) as error:
        st.error(f"This page cannot be shown: {error}.", icon=":material/error:")
        navigation.next_page(entry.name)
    navigation.note_shown()
    process.schedule_gc_freeze()


if __name__ == "__main__":
    main()
