"""The naive reading of the rules: what a feature row is, computed the obvious way.

In: plain dicts. Out: plain dicts. It knows nothing of the engine, of Arrow or of files, and it is slow on purpose:
every answer scans every row, so that each rule can be read next to the sentence it implements.
"""
