"""The words of syndicator as frozen values. No behaviour beyond (de)serialising; no clock, network or SQL here.

Instants are timezone-aware UTC ``datetime`` and end in ``_at``; durations are ``timedelta``; ``remote_id`` is the
platform's identifier, ``id`` is ours. Money is US dollars as ``Decimal``.
"""

from syndicator.model.articles import Article, Entry, Picture, Source
from syndicator.model.channels import (
    CatchUp,
    Channel,
    Credentials,
    Field,
    PlatformSpec,
    QuietHours,
    Route,
    Rule,
    SourceSpec,
    Stabilise,
    Windows,
)
from syndicator.model.posts import Attempt, LookUpRecord, Post, Result, State
from syndicator.model.teasers import (
    AfterUnknown,
    Capabilities,
    Composed,
    Counting,
    Draft,
    Guard,
    Identity,
    Json,
    LoadMedia,
    LookUp,
    Media,
    Pending,
    Probe,
    Receipt,
    Staged,
    Teaser,
)

__all__ = [
    "AfterUnknown",
    "Article",
    "Attempt",
    "Capabilities",
    "CatchUp",
    "Channel",
    "Composed",
    "Counting",
    "Credentials",
    "Draft",
    "Entry",
    "Field",
    "Guard",
    "Identity",
    "Json",
    "LoadMedia",
    "LookUp",
    "LookUpRecord",
    "Media",
    "Pending",
    "Picture",
    "PlatformSpec",
    "Post",
    "Probe",
    "QuietHours",
    "Receipt",
    "Result",
    "Route",
    "Rule",
    "Source",
    "SourceSpec",
    "Stabilise",
    "Staged",
    "State",
    "Teaser",
    "Windows",
]
