"""Reading and writing: what comes from people's files as values of `core`, and what goes back.

No Qt; a heavy library loads when it is used.
"""
