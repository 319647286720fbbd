"""Entry point: page configuration and navigation, nothing else."""

from pathlib import Path


def main() -> None:
    # Imported here: worker processes import this file again, and must neither draw pages nor carry Streamlit along.
    import streamlit as st

    from dropout_core.common import process
    from dropout_core.common.settings import SettingError
    from dropout_core.data.mnist import DataError
    from dropout_core.ui import components, navigation
    from dropout_core.ui.navigation import PAGES

    st.html(Path(__file__).parent / "dropout_core/ui/static/app.css")
    st.session_state["opened"] = True  # see ui.open_page
    # One flat list: Streamlit's menus with sections are lists that a screen reader cannot follow (axe: list, listitem).
    # Without icons, with which four pages would hide behind "more" where the window is 1280 pixels wide.
    pages = [st.Page(entry.path, title=entry.title, default=entry is PAGES[0]) for entry in PAGES]
    page = st.navigation(pages, position="top")
    title = f"{page.title} – Dropout, seen at work"  # a tab and a bookmark of its own for every page
    st.set_page_config(page_title=title, page_icon="dropout_core/ui/static/icon.svg", layout="wide")
    name = next(entry.name for entry in PAGES if entry.title == page.title)
    navigation.note_visit(name)
    try:
        page.run()
    except (DataError, SettingError) as error:
        st.error(f"This page cannot be shown here: {error}.", icon=":material/error:")
        navigation.next_page(name)
    st.session_state["shown"] = name  # see ui.arrives, layout_ui.delay_until_first_chart
    components.browser()
    process.schedule_gc_freeze()


if __name__ == "__main__":
    main()
