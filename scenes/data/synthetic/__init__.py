"""Fifteen kinds of scenes, each a function that paints one picture of its kind on a canvas.

`nature`, `city`, `outskirts`, `home` and `business` hold the scenes; `interior` the rooms that some
of them are in; `things` what several of them show; `space` and `texture` what all are made of.
"""
