"""The commands of `fmviz`: arguments in, files and numbers out. Light until a command really runs."""
