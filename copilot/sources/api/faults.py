"""How a vendor's API can fail a day, by what has to happen next."""


class SourceFault(RuntimeError):  # noqa: N818 - named for the state of the source
    """A stream could not be read; the message names the stream and what to do. Nothing of its window is landed."""


class SourceSlow(SourceFault):
    """The vendor did not give everything in time: the day goes on without it, the next try starts where this did."""


class SourceRefused(SourceFault):
    """The vendor understood and said no (key, permission, question): only a change of the settings mends it."""


class UntrustworthyPage(SourceFault):
    """A page, or the whole of the pages, contradicts itself: taken as it is, records would be lost in silence."""


# What reading a record raises that has not the form that its vendor documents.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)
