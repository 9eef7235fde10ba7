"""The report's own sentences: views of studies in, paragraphs in the report's language out.

What is said is decided here, by facts and claims; how it is said stands in the catalogues of
`templates/locale`. A cause is never given: none is tested.
"""
