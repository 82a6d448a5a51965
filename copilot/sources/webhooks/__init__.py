"""Events that senders push: signed, kept once, then landed like what is read. Light: the API server imports it."""
