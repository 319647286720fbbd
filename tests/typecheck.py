"""The type checker for jaxtyping's annotations in tests: beartype, with an int allowed for a float."""

from beartype import BeartypeConf, beartype

checker = beartype(conf=BeartypeConf(is_pep484_tower=True))
