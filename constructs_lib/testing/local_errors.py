"""What can go wrong with the local AWS."""


class LocalAwsError(RuntimeError):
    """The local AWS cannot do what was asked; the text is one sentence that says why and what to do."""
