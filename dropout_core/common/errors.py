"""The base of all errors whose message is shown to users."""


class UserError(Exception):
    """An error that a user can resolve. Its message says what is wrong and what to do, and is shown verbatim."""


def root_cause(error: BaseException) -> str:
    """The message of the error that this error goes back to, on one line."""
    while (cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) is not None:
        error = cause
    return first_line(error) or type(error).__name__


def first_line(error: BaseException) -> str:
    """The first line of the error's message, at most 300 characters."""
    return (str(error).strip().splitlines() or [""])[0][:300]
