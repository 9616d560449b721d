"""The command line. Commands import what they need when they run, so that help is quick."""


def main() -> None:
    """Entry point of the ``stockturn`` command."""
    from stockturn.cli.app import run

    run()
