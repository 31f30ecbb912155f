"""Every query of the crowd feature."""
