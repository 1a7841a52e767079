"""Every error Passerelle raises on purpose.

    PasserelleError
    |-- InvalidQuery        the caller asked something that cannot be answered as asked
    |-- UnknownMember       no member has this id
    |-- StoreError          the store cannot be used
    |   |-- StoreNotFound       there is no store, or nothing published in it
    |   `-- SnapshotRefused     a snapshot is damaged, incomplete, of another format or of another encoder
    |-- EncoderError        the encoder cannot be prepared or loaded
    |-- SourceError         members could not be read (raised by the indexer)
    `-- RunRefused          what a run read or built is too doubtful to be published (raised by the indexer)

Messages say what was found, what was expected and what to do. Only the entry points (command line, HTTP) turn them into
exit codes and status codes.
"""

__all__ = [
    "EncoderError",
    "InvalidQuery",
    "PasserelleError",
    "RunRefused",
    "SnapshotRefused",
    "SourceError",
    "StoreError",
    "StoreNotFound",
    "UnknownMember",
]


class PasserelleError(Exception):
    """Base of all errors raised on purpose."""


class InvalidQuery(PasserelleError):
    """The topic, a filter, the limit or the offset cannot be used."""


class UnknownMember(PasserelleError):
    """No member of the snapshot has the id asked for."""


class StoreError(PasserelleError):
    """The store cannot be read or written."""


class StoreNotFound(StoreError):
    """There is no store at the path given, or nothing has been published in it."""


class SnapshotRefused(StoreError):
    """A snapshot is damaged, incomplete, of another format version or made by another encoder."""


class EncoderError(PasserelleError):
    """The encoder cannot be prepared, loaded or used."""


class SourceError(PasserelleError):
    """A members file cannot be used at all."""


class RunRefused(PasserelleError):
    """Too many rejected lines, a directory that moved too much, or members that do not find themselves: nothing was published."""
