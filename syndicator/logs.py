"""Loggers for modules that a listing loads as well. structlog brings rich and asyncio with it, which costs a listing
more than its own work; so it is imported with the first line that is said. It must not decide what is said or where.
"""

from typing import Any


class Logger:
    """Answers to every method of structlog's loggers."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog

        return getattr(structlog.get_logger(self._name), method)
