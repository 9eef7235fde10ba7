"""What a template sees: plans and pictures in, plain views with printed facts out.

A view holds what a template may print, in the language of the report, and nothing that it would
have to compute. Every number in it is a `PrintedFact`.
"""
