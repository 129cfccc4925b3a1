"""Synchronous client for HatiData: one connection, SQL in and dictionaries out, and branches."""

from .agent import HatiDataAgent
from .errors import HatiDataError

__version__ = "0.3.0"
__all__ = ["HatiDataAgent", "HatiDataError", "__version__"]
