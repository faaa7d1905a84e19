"""Where the map is kept: declarations of the graph, the Bolt connection, the embedded server, writing.

This room imports nothing of the others. Import its modules by name (`from graph import connection`):
the package itself stays empty so that the command line starts fast.
"""
