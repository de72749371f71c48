"""What unit tests of pages need: a browser, where there is one."""

from tests.browser import browser

__all__ = ["browser"]
