"""The links of one digest: boards of one account or the whole book, answers, unsubscribe. Pure."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from config.digest import Links
from copilot.digest.sign import ANSWERS, Link, Purpose, expiry, token


@dataclass(frozen=True)
class Linker:
    """Makes the links of one CSM's digest of one morning. Without a base there is no link, and none is pretended.

    signed_on: the later of the digest's morning and the day it is composed: an old day's digest can be answered too.
    """

    paths: Links
    company: str
    csm_id: str
    local_date: date
    signed_on: date
    board_base: str | None
    answer_base: str | None
    key: str

    def account(self, account_id: str) -> str | None:
        """The board of one account."""
        if self.board_base is None:
            return None
        return self.board_base + self.paths.board_path.format(account_id=quote(account_id, safe=""))

    def book(self) -> str | None:
        """The board of the whole book."""
        return None if self.board_base is None else self.board_base + self.paths.book_path

    def answer(self, purpose: Purpose, account_id: str, alert_id: str, item: int) -> str | None:
        """The page on which to answer for one item."""
        return self._signed(self.paths.answer_path, purpose, (account_id, alert_id), item)

    def answers(self, account_id: str, alert_id: str, item: int) -> tuple[tuple[str, str], ...]:
        """(label, link) of every answer."""
        found = [(label, self.answer(purpose, account_id, alert_id, item)) for purpose, label in ANSWERS.items()]
        return tuple((label, url) for label, url in found if url is not None)

    def unsubscribe(self) -> str | None:
        """The page on which to stop these mails."""
        return self._signed(self.paths.unsubscribe_path, "unsubscribe", ("", ""), 0)

    def _signed(self, path: str, purpose: Purpose, about: tuple[str, str], item: int) -> str | None:
        if self.answer_base is None:
            return None
        link = Link(
            company=self.company,
            csm_id=self.csm_id,
            account_id=about[0],
            alert_id=about[1],
            purpose=purpose,
            digest_date=self.local_date,
            item=item,
            expires=expiry(self.signed_on, self.paths.valid_days),
        )
        return f"{self.answer_base}{path}?token={token(link, self.key)}"
