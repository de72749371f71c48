"""What people do on the platforms themselves, past every API: an editor posts or corrects by hand."""

import secrets
from dataclasses import replace

from syndicator.sandbox.accounts import FACEBOOK, X
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State
from syndicator.sandbox.x.text import links
from syndicator.sandbox.x.timeline import read_back_of


def post_by_hand(state: State, platform: str, text: str, *, link: str | None = None) -> RemotePost:
    """Add a post that an editor made on the platform itself."""
    post_id, url = _address(state, platform)
    found = links(text)
    entities, detail = _extras(state, platform, post_id, text)
    return state.put(
        RemotePost(
            platform=platform,
            id=post_id,
            url=url,
            text=text,
            link=link or (found[0].target if found and platform != "facebook" else None),
            created_at=state.clock.now(),
            visible_at=state.visible_from(platform),
            author="hand",
            entities=entities,
            detail=detail,
        )
    )


def edit_by_hand(state: State, post: RemotePost, text: str) -> RemotePost:
    """Change a post's words."""
    entities, detail = _extras(state, post.platform, post.id, text)
    return state.put(replace(post, text=text, entities=entities, detail={**post.detail, **detail}))


def _address(state: State, platform: str) -> tuple[str, str]:
    if platform == "facebook":
        post_id = f"{FACEBOOK['page_id']}_{state.number()}"
        return post_id, f"https://www.facebook.com/{post_id}"
    if platform == "youtube":
        post_id = f"Ugkx{secrets.token_urlsafe(24)}"
        return post_id, f"https://www.youtube.com/post/{post_id}"
    post_id = state.snowflake()
    return post_id, f"https://x.com/{X['username']}/status/{post_id}"


def _extras(state: State, platform: str, post_id: str, text: str) -> tuple[Json, Json]:
    """Give entities and detail of a text; only X has any."""
    if platform != "x":
        return {}, {}
    shown, entities = read_back_of(post_id, text, media=(), card=state.card)
    return entities, {"shown": shown}
