"""From a project to files: the plan, the job, what is delivered."""
