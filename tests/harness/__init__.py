"""Helpers of the black-box tests: start a server, speak its protocol."""
