"""Room 8: account days and scores become alerts. Pure, but for the two files that read and write the warehouse."""
