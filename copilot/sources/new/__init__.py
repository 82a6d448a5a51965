"""`copilot sources new`: the files of one more vendor, with what is left to fill in said in each of them."""
