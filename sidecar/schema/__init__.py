"""The pydantic types of the wire contract, a file per namespace."""
