"""One CSM's digest of a day as it would be mailed now: read, judged, laid out. Writes nothing."""

import hashlib
import json
from dataclasses import dataclass

from config import digest as settings
from config.run import Run
from config.settings import secret
from copilot import clock
from copilot.digest import schedule
from copilot.digest.book import Book, Csm, Published
from copilot.digest.choose import Judged, describe, judge
from copilot.digest.layout import lay_out
from copilot.digest.links import Linker
from copilot.digest.page import Page
from copilot.warehouse import digest_book
from copilot.warehouse.connect import Connection


@dataclass(frozen=True)
class Draft:
    """A digest laid out, and what it was made of."""

    book: Book
    judged: tuple[Judged, ...]
    page: Page

    @property
    def content_sha256(self) -> str:
        """A hash of what the day says about the book, whatever was told before and however links are signed."""
        steps = settings.digest_config().renewal_steps
        said = [
            [self.book.published.verdict, self.book.published.model_version],
            [[account.account_id, describe(account, self.book, steps).to_json()] for account in self.book.accounts],
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def draft(connection: Connection, run: Run, csm: Csm, published: Published) -> Draft:
    """The digest of one CSM, read as the mailer; it compares with the last digest sent for an earlier day."""
    config = settings.digest_config()
    last = digest_book.last_sent(connection, csm.csm_id, schedule.KIND, run.as_of)
    book = Book(
        csm=csm,
        published=published,
        accounts=digest_book.accounts_of(connection, csm.csm_id, run.as_of),
        last_sent=last,
        restated={} if last is None else digest_book.restated(connection, last.told),
    )
    judged = judge(book, config)
    return Draft(book, judged, lay_out(judged, book, config, _linker(run, csm)))


def _linker(run: Run, csm: Csm) -> Linker:
    config = settings.digest_config()
    local = schedule.local_date(run.as_of)
    answer_base = settings.answer_url()
    return Linker(
        paths=config.links,
        company=run.database,
        csm_id=csm.csm_id,
        local_date=local,
        signed_on=max(local, clock.now().date()),
        board_base=settings.board_url(),
        answer_base=answer_base,
        key=secret("link_key") if answer_base else "",
    )
