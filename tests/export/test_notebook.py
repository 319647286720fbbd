"""Test that the notebook is the script, cut into cells, and that it runs from top to bottom."""

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dropout_core.experiments.recipe import OPTIMISERS, Recipe, RecipeError
from dropout_core.export.notebook import to_notebook
from dropout_core.export.script import to_script

TINY = Recipe(data="mnist-5k", images=64, epochs=1, hidden=(8,), batch=32, seeds=(0,))
RECIPES = {
    "subset": TINY,
    "full": replace(TINY, data="mnist"),
    "everything": replace(TINY, input_rate=0.1, max_norm=0.5, patience=3, weight_decay=0.1, decoupled=True),
    **{name: replace(TINY, optimiser=name, weight_decay=0.1, decoupled=True) for name in OPTIMISERS},
    "Gaussian, drawn": replace(TINY, noise="gaussian", subset="drawn", noise_at="after ReLU"),
}
each_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def cells(recipe: Recipe, kind: str) -> list[str]:
    notebook = nbformat.reads(to_notebook(recipe), 4)
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@each_recipe
def test_its_code_is_that_of_the_script(recipe):
    """The docstring becomes the first text. The last statement, which reads the command line, is replaced."""
    *code, last = cells(recipe, "code")
    script = ast.parse(to_script(recipe))
    assert ast.dump(ast.parse("\n\n".join(code))) == ast.dump(ast.Module(script.body[1:-1], []))
    assert last == "main([])"
    assert ast.unparse(script.body[-1]).startswith("if __name__ == '__main__':")


@each_recipe
def test_it_is_valid_and_every_piece_of_code_has_a_text_above_it(recipe):
    notebook = nbformat.reads(to_notebook(recipe), 4)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", *["markdown", "code"] * (len(kinds) // 2)]
    headings = [text.splitlines()[0] for text in cells(recipe, "markdown")]
    assert len(set(headings)) == len(headings) >= 9
    assert all(len(code.splitlines()) <= 60 for code in cells(recipe, "code"))


def test_the_first_cell_says_what_it_is_and_what_it_needs():
    first = cells(TINY, "markdown")[0]
    assert first.startswith("# Dropout on MNIST: one experiment")
    assert TINY.key in first
    assert "Needs torch, numpy" in first
    assert "Run all cells" in first
    assert "experiment.py" not in first
    assert "A rate is always P(drop)." in first


def test_equal_recipes_give_identical_text():
    assert to_notebook(TINY) == to_notebook(replace(TINY))
    assert json.loads(to_notebook(TINY))["nbformat"] == 4


def test_a_recipe_without_a_script_has_no_notebook():
    with pytest.raises(RecipeError):
        to_notebook(replace(TINY, noise="dropconnect"))


@pytest.mark.slow
def test_it_runs_and_prints_the_table_of_the_script(tmp_path):
    notebook = nbformat.reads(to_notebook(TINY), 4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {(output.output_type, output.name) for output in outputs} == {("stream", "stdout")}
    names, losses = table("".join(output.text for output in outputs))
    expected_names, expected_losses = table(printed_by_script(tmp_path / "experiment.py"))
    assert names == expected_names == ["epoch", "no dropout", "dropout"]
    assert losses == pytest.approx(expected_losses, abs=1e-3)


def printed_by_script(path: Path) -> str:
    path.write_text(to_script(TINY), "utf-8")
    return subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=120).stdout


def table(text: str) -> tuple[list[str], list[float]]:
    """Return the names in front of the rows, and the validation losses."""
    rows = [row.split() for row in text.splitlines()]
    names = ["epoch" if "epoch" in row else " ".join(row[:-6]) for row in rows]
    return names, [float(row[-2]) for row in rows[1:]]
