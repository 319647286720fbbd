"""The base class of all errors whose messages are shown to users."""


class UserError(Exception):
    """An error that the user can fix. Its message states the problem and the remedy, and is shown verbatim."""


def root_cause(error: BaseException) -> str:
    """Return the first line of the root cause's error message."""
    while (cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) is not None:
        error = cause
    return first_line(error) or type(error).__name__


def first_line(error: BaseException) -> str:
    """Return the first line of the error's message, truncated to 300 characters."""
    return (str(error).strip().splitlines() or [""])[0][:300]
