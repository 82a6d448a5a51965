"""Write-back: what was published, into the fields of the company's CRM that it keeps for it."""
