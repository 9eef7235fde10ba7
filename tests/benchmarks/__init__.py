"""Measures what the engine is worth: ratios to the notebook way, and shares of the machine's own.

`nox -s bench` runs it. Pictures and a machine go in; out come, row by row as they are measured, a
table in Markdown and the same in JSON. What is measured runs in processes of its own: the modules
`opponent`, `ours`, `ceiling`, `loop`, `start` and `prepare` are their main programs.
"""
