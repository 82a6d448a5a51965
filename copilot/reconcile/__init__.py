"""What a source says that it has, against what we hold of it: rows and money by source, table and day."""
