"""What the memory refuses, as raised by its functions and answered over HTTP.

PasserelleError
`-- MemoryRefused    the database cannot be used
    |-- NotKept          404: nothing of this user's has this id
    |-- Conflict         409: changed meanwhile, not a step that can follow, or more than is kept
    |-- NotAllowed       403: nobody's memory, or a request that another site made
    `-- InvalidEntry     422: a value that cannot be kept
"""

from search import PasserelleError

__all__ = ["Conflict", "InvalidEntry", "MemoryRefused", "NotAllowed", "NotKept"]


class MemoryRefused(PasserelleError):
    """The database cannot be opened, read or written, or is not of this version."""


class NotKept(MemoryRefused):
    """Nothing of this user's has the id asked for."""


class Conflict(MemoryRefused):
    """The entry was changed meanwhile, cannot take this step, or there is no room for another."""


class NotAllowed(MemoryRefused):
    """The caller has no memory here, or another site made a browser ask."""


class InvalidEntry(MemoryRefused):
    """A value that cannot be kept."""
