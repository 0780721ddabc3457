"""Exports: a film drawn in several processes, its files of every format, and what they will cost."""
