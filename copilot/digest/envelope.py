"""From a page to an e-mail: the same bytes for the same digest, and headers that no name can break out of. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from config.digest import DigestConfig
from copilot.digest.html import render_html
from copilot.digest.page import Page
from copilot.digest.schedule import KIND
from copilot.digest.text import render_text
from copilot.digest.wording import NAME_LIMIT, clean

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_HEX_OF_ID = 32


class AddressError(ValueError):
    """A recipient to whom nothing may be sent; the message says why and names the setting."""


@dataclass(frozen=True)
class Mail:
    """One digest ready for the outbox."""

    message_id: str
    recipient: str
    subject: str
    due_at: datetime
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of the whole message."""
        return hashlib.sha256(self.content).hexdigest()


def allowed_address(email: str | None, config: DigestConfig) -> str:
    """The address, when it is a plain one in an allowed domain. Raises AddressError."""
    if not email or not _PLAIN_ADDRESS.fullmatch(email):
        raise AddressError("no usable e-mail address")
    domain = email.rpartition("@")[2].lower()
    if not config.allows(domain):
        raise AddressError(f"{domain} is not among `recipients` of config/digest.yml")
    return email


def message_id(company: str, csm_id: str, local_date: date, sender: str) -> str:
    """One name per company, CSM and morning: whoever sees it twice has seen the same digest."""
    named = "|".join((company, csm_id, local_date.isoformat(), KIND))
    return f"<digest.{hashlib.sha256(named.encode()).hexdigest()[:_HEX_OF_ID]}@{sender.rpartition('@')[2]}>"


def build_mail(page: Page, to: tuple[str | None, str], config: DigestConfig, name: str, due: datetime) -> Mail:
    """The mail to (full name, allowed address), with Message-ID `name`, dated at its due time."""
    sender = config.sender
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = Address(clean(to[0] or "", NAME_LIMIT), addr_spec=to[1])
    message["Subject"] = page.subject
    message["Date"] = format_datetime(due)
    message["Message-ID"] = name
    message["List-Id"] = f"<{sender.list_id}>"
    message["Auto-Submitted"] = "auto-generated"
    mailto = f"<mailto:{sender.unsubscribe}?subject=unsubscribe>"
    if page.unsubscribe_url:
        message["List-Unsubscribe"] = f"{mailto}, <{page.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    else:
        message["List-Unsubscribe"] = mailto
    message.set_content(render_text(page), cte="quoted-printable")
    message.add_alternative(render_html(page), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256(name.encode()).hexdigest()[:_HEX_OF_ID]}")
    return Mail(name, to[1], page.subject, due, message.as_bytes())
