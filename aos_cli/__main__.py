"""Lets `python -m aos_cli` start the program."""

from aos_cli.cli.main import main

main()
