"""The durable queue at work: lanes that run jobs, their progress, waiting and cancelling."""
