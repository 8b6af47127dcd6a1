"""Where the frozen program starts."""

from multiprocessing import freeze_support

from sidecar.__main__ import main

# A library that starts a helper through multiprocessing starts this program; this is where it becomes that helper.
freeze_support()
main()
