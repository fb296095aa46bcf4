"""What supervision reckons of a period: figures, appraisal and bulletin; and how they are printed."""
