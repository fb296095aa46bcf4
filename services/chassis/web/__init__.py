"""The frame of every page: templates, styles and scripts that all services share."""
