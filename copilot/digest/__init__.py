"""Room 10, the mail: choose, order, render, sign. Pure, but for the outbox and the sending."""
