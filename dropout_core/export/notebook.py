"""Writes a recipe as a Jupyter notebook: its stand-alone script, cut into cells, with a few words between them."""

import ast

from dropout_core.experiments.recipe import Recipe
from dropout_core.export.script import to_script

_IMAGES = "## The images"
# The text above a cell, by the first name that the cell defines.
_TEXTS = {
    "RATES": "## Settings\n\nIf you change them and run the notebook again, its numbers differ from those of the app.",
    "MLP": "## The network\n\nMasks multiply the hidden units. Without masks, the network is in evaluation mode.",
    "draw_mask": "## The noise\n\nEach unit of each image has its own random number.",
    "make_optimiser": "## An epoch of training",
    "evaluate": "## Evaluation\n\nThe whole network, without masks.",
    "train": "## A run\n\nEach arm starts from the weights of its seed, so arms with the same seed start from the same "
    "weights.",
    "find_data": _IMAGES,
    "load_data": _IMAGES,
    "say": "## The table",
}
_RUN = '## Run it\n\n`main(["--save", "nets"])` also saves the trained weights.'
_START = "main([])"  # replaces the script's last statement, which reads the command line
_TO_RUN, _ALL_CELLS = "To run it:", "Run all cells, from top to bottom."
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def to_notebook(recipe: Recipe) -> str:
    """Return the notebook as JSON. Equal recipes give identical text. Raises RecipeError like to_script."""
    from nbformat import v4, writes  # loaded only when a notebook is written

    script = to_script(recipe)
    cells = [v4.new_markdown_cell(_introduction(script))]
    for text, code in _parts(script):
        cells += [v4.new_markdown_cell(text), v4.new_code_cell(code)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # nbformat draws a random one
    return str(writes(v4.new_notebook(cells=cells, metadata=_METADATA))) + "\n"


def _introduction(script: str) -> str:
    """Turn the script's docstring into the notebook's first cell."""
    title, needs, _command, about = (ast.get_docstring(ast.parse(script)) or "").split("\n\n")
    return f"# {title}\n\n{needs.replace(_TO_RUN, _ALL_CELLS)}\n\n{about}"


def _parts(script: str) -> list[tuple[str, str]]:
    """Cut the script behind its docstring into pieces of code, each with the text above it."""
    lines, (_docstring, first, *body) = script.splitlines(), ast.parse(script).body
    texts, starts = ["## Imports"], [first.lineno]
    for node in body[:-1]:
        text = _TEXTS.get(_defines(node), texts[-1])
        if text != texts[-1]:
            texts.append(text)
            starts.append(min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))]))
    ends = [*starts[1:], body[-1].lineno]
    pieces = ["\n".join(lines[start - 1 : end - 1]).strip() for start, end in zip(starts, ends, strict=True)]
    return [*zip(texts, pieces, strict=True), (_RUN, _START)]


def _defines(node: ast.stmt) -> str:
    """Return the name that a statement defines, or "" if it defines none."""
    match node:
        case ast.FunctionDef(name) | ast.ClassDef(name) | ast.Assign([ast.Name(name)]):
            return name
    return ""
