"""What a user edits (the YAML files beside this one) and the only code that reads it."""
