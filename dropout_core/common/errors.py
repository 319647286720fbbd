"""The base of all errors whose message is shown to users."""


class UserError(Exception):
    """An error that a user can resolve. Its message says what is wrong and what to do, and is shown verbatim."""
