"""What a user can mend: every error whose message is meant for his eyes, as one line."""


class UserError(ValueError):
    """Something from outside is wrong; the message says what, where and what to do. The command line prints it."""
