"""What can go wrong with the local AWS."""

import re

_APP_ENDED = re.compile(r"^.*: Subprocess exited with error", re.MULTILINE)
_TELLING = re.compile(r"_FAILED\b|❌|\b[Ff]ailed:|^\w*Error:", re.MULTILINE)
_LAST_LINES = 15


class LocalAwsError(RuntimeError):
    """The local AWS cannot do what was asked; the text is one sentence that says why and what to do."""


class CdkError(LocalAwsError):
    """A command of the CDK CLI failed.

    Args:
        what: the command, and how it ended.
        said: everything that it wrote.
    """

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"{what}; it said:\n{said}")
        self.what = what
        self.said = said

    @property
    def reason(self) -> str:
        """What tells why: the app's own words, else the lines that tell of failure, else the last ones."""
        app = _APP_ENDED.split(self.said)
        if len(app) > 1:
            return app[0].strip()
        lines = self.said.strip().splitlines()
        telling = dict.fromkeys(line.strip() for line in lines if _TELLING.search(line))
        return "\n".join([f"{self.what}:", *(telling or lines[-_LAST_LINES:])])
