"""Sort the entries of a reading: what is known, what is new, and what is new although it has a name of another story.

It reads the post log and writes nothing; what becomes of the new is decided elsewhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syndicator.core import identity
from syndicator.core.identity import Kept
from syndicator.model import Article, Entry, Source
from syndicator.store import articles
from syndicator.store.articles import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """An entry that nobody knows yet, as the article it becomes, with the names that are free."""

    entry: Entry
    article: Article
    aliases: tuple[str, ...]
    too_old: bool
    rival: str | None = None
    """The article that has the other name; a person decides which of them is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A known article as an entry shows it now."""

    stored: Article
    entry: Entry
    names: tuple[str, ...]
    """Those that the log does not have yet."""
    agreed: bool
    """False: the entry's names belong to two articles, so it says nothing for certain about either."""
    too_old: bool
    by_hand: bool
    """The feed has it only now; a person had named its page before."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """A reading, sorted; both lists oldest first, so that a timeline grows in the order in which it was written."""

    fresh: list[Fresh] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)


def article_from(entry: Entry, *, source: Source, now: datetime, id_: str = "") -> Article:
    """Make an article of an entry that is not known yet (or of one that is, with its ``id_``)."""
    return Article(
        id=id_ or identity.article_id(source.name, entry),
        guid=entry.guid,
        url=entry.url,
        canonical_url=entry.canonical_url,
        title=entry.title,
        summary=entry.summary,
        published_at=entry.published_at,
        updated_at=entry.updated_at,
        authors=entry.authors,
        tags=entry.tags,
        labels=source.labels,
        image=entry.image,
        language=entry.language or source.language,
        source=source.name,
        first_seen_at=now,
    )


def sort(conn: Connection, source: Source, entries: Sequence[Entry], *, now: datetime, seen_at: datetime) -> Intake:
    """Sort the entries of a reading, as ``identity.apart`` gives them; ``seen_at`` is when the new was first seen."""
    names = {entry: identity.aliases(source.name, entry) for entry in entries}
    known = _known(conn, names.values())
    owners = _owners(names.values(), known)
    kept = _kept(conn, source, names.values(), owners)
    sorter = _Sorter(
        source=source, known=known.keys(), owners=owners, kept=kept, stored=set(kept), now=now, seen_at=seen_at
    )
    for entry in sorted(names, key=lambda entry: entry.published_at or now):
        sorter.take(entry, names[entry])
    return sorter.found


def _known(conn: Connection, groups: Collection[tuple[str, ...]]) -> dict[str, str]:
    """Give the owners of all names that are stored, in whatever spelling: one question for a whole reading."""
    names = {name for group in groups for name in group}
    return articles.known(conn, names.union(*map(identity.spellings, names)))


def _owners(groups: Collection[tuple[str, ...]], known: Mapping[str, str]) -> dict[str, str]:
    """Give the owner of each name, also where it was stored in another spelling."""
    owners = {}
    for name in (name for group in groups for name in group):
        if name in known:
            owners[name] = known[name]
        elif known and (spelling := next(filter(known.__contains__, identity.spellings(name)), None)):
            owners[name] = known[spelling]
    return owners


def _kept(
    conn: Connection, source: Source, groups: Collection[tuple[str, ...]], owners: dict[str, str]
) -> dict[str, Kept]:
    stored = articles.several(conn, owners.values())
    # Only of those that an entry shares one name with and not the other; in most readings there is none.
    partly = {
        owners[name]
        for group in groups
        if any(other not in owners for other in group)
        for name in group
        if name in owners
    }
    guids = articles.guids_of(conn, partly, source.name)
    return {one.id: Kept(article=one, guids=tuple(guids.get(one.id, ()))) for one in stored.values()}


@dataclass(slots=True, kw_only=True)
class _Sorter:
    source: Source
    known: Collection[str]
    """Names as they are stored."""
    owners: dict[str, str]
    kept: dict[str, Kept]
    stored: set[str]
    now: datetime
    seen_at: datetime
    found: Intake = field(default_factory=Intake)

    def take(self, entry: Entry, names: tuple[str, ...]) -> None:
        whose = identity.whose(entry, names, self.owners, self.kept)
        too_old = entry.published_at is not None and self.now - entry.published_at > self.source.max_age
        if whose.owner is not None:
            self._meet(entry, names, whose.owner, agreed=whose.agreed, too_old=too_old)
            return
        free = tuple(name for name in names if name not in self.owners)
        # Its id comes from the name that is its own: from the other one it would be the rival's.
        own = entry
        if whose.rival is not None and f"url:{entry.canonical_url}" not in free:
            own = replace(entry, canonical_url="")
        id_ = identity.article_id(self.source.name, own)
        article = article_from(entry, source=self.source, now=self.seen_at, id_=id_)
        fresh = Fresh(entry=entry, article=article, aliases=free, too_old=too_old, rival=whose.rival)
        self.found.fresh.append(fresh)
        # The same document may have it twice, and contradict itself as it may contradict the log.
        self.owners |= dict.fromkeys(free, article.id)
        guids = tuple(name for name in free if name.startswith("guid:"))
        self.kept[article.id] = Kept(article=article, guids=guids)

    def _meet(self, entry: Entry, names: tuple[str, ...], owner: str, *, agreed: bool, too_old: bool) -> None:
        if owner not in self.stored:
            self._name_again(owner, names)
            return
        known = self.kept[owner]
        met = Met(
            stored=known.article,
            entry=entry,
            names=tuple(name for name in names if name not in self.known),
            agreed=agreed,
            too_old=too_old,
            by_hand=self._was_by_hand(names, known),
        )
        self.found.met.append(met)

    def _name_again(self, owner: str, names: tuple[str, ...]) -> None:
        """Give an article of this very document the names under which the document has it once more."""
        free = tuple(name for name in names if name not in self.owners)
        for place, fresh in enumerate(self.found.fresh):
            if free and fresh.article.id == owner:
                self.found.fresh[place] = replace(fresh, aliases=(*fresh.aliases, *free))
                self.owners |= dict.fromkeys(free, owner)

    def _was_by_hand(self, names: tuple[str, ...], known: Kept) -> bool:
        """Say whether only a person has named the article yet: by its page, whose address is all it has for a guid."""
        page = identity.guid_alias(self.source.name, known.article.canonical_url)
        lately = self.now - known.article.first_seen_at < self.source.max_age
        return lately and names[0] not in self.owners and set(known.guids) <= {page}
