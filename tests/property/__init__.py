"""Random worlds against the oracle.

A *world* is one independent random data set: a few entities, their history in one to three views, and entity rows to
answer. Many worlds are packed into one project by giving each its own prefix in the first join key, so that one call
answers a hundred of them. A *case* is one world; a *shape* is what a project declares (key types, views, files).
"""
