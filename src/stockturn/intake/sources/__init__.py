"""Where data comes from. A source gives files; :mod:`stockturn.intake.load` does the rest."""
