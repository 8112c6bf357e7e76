"""How does a thing that holds others behave like a list of them, and show itself in its own way?"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Listed(Sequence[T]):
    """A sequence of its `_items`, which each class keeps in its own way."""

    @property
    @abstractmethod
    def _items(self) -> Sequence[T]:
        """What it holds now."""

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)
