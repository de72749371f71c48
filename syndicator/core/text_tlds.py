"""The top-level domains that X turns into links. Reads one packaged file, once, when first asked; no network.

The list is the public-suffix snapshot inside ``tldextract``. Its package is never imported: that would load an HTTP
library. Two small tables cover what the snapshot lacks or has beyond the list X published for its text counting.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_RETIRED = """
abarth active adac afamilycompany aigo alfaromeo an avianca bananarepublic bl blanco bnl boots bq budapest bugatti
cancerresearch cartier caseih cbs ceb chloe chrysler cityeats comcast cookingchannel csc dabur dodge doha doosan duck
duns eh epost esurance etisalat everbank fiat flsmidth foodnetwork frontdoor fujixerox glade goodhands guardian hgtv
honeywell hoteles htc iinet intel iselect iveco iwc jcp jlc kerrylogistics kinder ladbrokes lancia lancome liaison linde
lipsy lixil loft lupin macys maserati mcd mcdonalds meo metlife mf mobily montblanc mopar movistar mtpc mutual mutuelle
nadex nationwide natura newholland northwesternmutual off oldnavy onyourside orientexpress pamperedchef panerai
passagens piaget qvc raid rightathome rmit rocher sapo sca scjohnson scor ses shaw showtime shriram spiegel
spreadbetting srt starhub statoil swiftcover symantec telecity telefonica tiffany tp travelchannel uconnect um vista
vistaprint volkswagen vuelos warman xfinity xperia zippo اتصالات موبايلي 大众汽车 工行 手表 珠宝 诺基亚
"""
"""Domains that left the root zone (or never were in it) and that X's published list still links."""

_YOUNG = """
amazon kids merck music spa ישראל السعوديه السعودیة السعودیۃ اليمن ايران سوريا پاكستان アマゾン 亚马逊 澳门 臺灣
"""
"""Domains that X's published list does not know: it may link them or not, so they are counted at the dearer of both."""


class Domains(NamedTuple):
    """All top-level domains, lower case: ASCII names, the others by first character (longest first), and the young."""

    ascii: frozenset[str]
    idn: dict[str, tuple[str, ...]]
    young: frozenset[str]


@cache
def domains() -> Domains:
    """Read the list; about ten milliseconds, once per process."""
    names = set(_snapshot()) | set(_RETIRED.split()) | set(_YOUNG.split())
    idn: dict[str, list[str]] = {}
    for name in sorted((name for name in names if not name.isascii()), key=len, reverse=True):
        idn.setdefault(name[0], []).append(name)
    return Domains(
        ascii=frozenset(name for name in names if name.isascii()),
        idn={first: tuple(group) for first, group in idn.items()},
        young=frozenset(_YOUNG.split()),
    )


def _snapshot() -> set[str]:
    spec = find_spec("tldextract")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("tldextract")
    path = Path(spec.submodule_search_locations[0]) / ".tld_set_snapshot"
    public = path.read_text(encoding="utf-8").partition("===BEGIN PRIVATE DOMAINS===")[0]
    return {
        line.rstrip().rpartition(".")[2].lower() for line in public.splitlines() if line and not line.startswith("//")
    }
