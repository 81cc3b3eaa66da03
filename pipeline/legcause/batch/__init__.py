"""Files of complaints → files of results."""
