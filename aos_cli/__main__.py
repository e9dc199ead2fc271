"""Where the program begins: `aos`, and `python -m aos_cli`."""

import sys

_INTERRUPTED = 130


def start() -> None:
    """Runs the program; Ctrl-C while it is still being loaded ends it as quietly as later."""
    try:
        from aos_cli.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    start()
