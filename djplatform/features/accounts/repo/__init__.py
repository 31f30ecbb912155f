"""Every query of the accounts feature, by what it is about."""
