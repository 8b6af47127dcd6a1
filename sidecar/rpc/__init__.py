"""The pipe: framing, envelope, dispatch, notifications, OpenRPC. Knows nothing of voices."""
