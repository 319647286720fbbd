"""Shapes and types in dropout_core's annotations are checked at every call while the tests run."""

from jaxtyping import install_import_hook

import tests.typecheck  # the hook looks its checker up by this name

install_import_hook("dropout_core", f"{tests.typecheck.__name__}.checker")
