"""`python -m little_bell` is the command line."""

from little_bell.cli.app import main

main()
