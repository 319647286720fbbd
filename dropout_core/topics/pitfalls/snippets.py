"""Runs the pitfalls' code. It is a constant of their catalogue: no other text may be run here, and none by the server.

Maintainers run it to make the stored symptoms, and workers run it to train.
"""


def execute(program: str, names: dict[str, object]) -> None:
    """Run a program made of a pitfall's code in a module with these names, to which the program adds its own."""
    exec(program, names)
