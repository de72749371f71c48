"""What a mutation is: one replacement in one product file that switches a rule off, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path


class MutationError(Exception):
    """The mutation itself is wrong: it no longer fits the product, or what it makes is no Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One rule switched off. ``old`` stands exactly once in ``file`` (below ``syndicator``) and becomes ``new``."""

    rule: str
    """``R7``, ``F08``, ``law 3`` or ``naive``."""
    file: str
    off: str
    """What is switched off, for the table."""
    old: str
    new: str
    tests: tuple[str, ...]
    """Node ids as pytest takes them; one of them at least must fail."""

    def path(self, root: Path) -> Path:
        """Give the file in the tree below ``root``."""
        return root / "syndicator" / self.file

    def mutated(self, text: str) -> str:
        """Give ``text`` of the product file with the rule switched off.

        Raises:
            MutationError: the old text is not there exactly once, or the new one is no Python.
        """
        if (times := text.count(self.old)) != 1:
            raise MutationError(f"{self}: the old text stands {times} times in {self.file}, must stand once")
        changed = text.replace(self.old, self.new)
        try:
            compile(changed, self.file, "exec")
        except SyntaxError as error:
            raise MutationError(f"{self}: {error}") from error
        return changed

    def __str__(self) -> str:
        return f"{self.rule}, {self.off}"
