"""A file a namespace; a handler is typed parameters in, one service call, a typed result out.

A public method of a handlers' class is a method of the wire under its namespace: `ProfileHandlers.create` is
`profiles.create`, and its docstring is what `rpc.discover` says of it.
"""
