"""A make-believe company with known truth, written as the files that its systems would export."""
