"""What a user can mend: every error whose message is meant for his eyes, as one line."""


class UserError(ValueError):
    """Something from outside is wrong; the message says what, where and what to do. The command line prints it.

    The message may quote what came from outside, so it is made one printable line here: no line feeds, and no
    escape sequences that would speak to the terminal.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join("".join(c if c.isprintable() else " " for c in message).split()))
