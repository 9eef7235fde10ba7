"""The figures of a report, as matplotlib draws them: plain data in, SVG out.

Nothing here knows records, studies or templates.
"""
