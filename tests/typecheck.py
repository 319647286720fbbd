"""The type checker for jaxtyping annotations in tests: beartype, configured to accept integers as floats."""

from beartype import BeartypeConf, beartype

checker = beartype(conf=BeartypeConf(is_pep484_tower=True))
