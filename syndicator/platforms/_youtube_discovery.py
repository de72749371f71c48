"""The ``posts`` resource as Google's pilot documents it, for a discovery document that does not carry it yet.

Pure data; it must not replace what the library ships once it does.
"""

from collections.abc import Mapping

from syndicator.model import Json

SCOPES = ["https://www.googleapis.com/auth/youtube", "https://www.googleapis.com/auth/youtube.force-ssl"]
PATH = "youtube/v3/posts"


def add_posts(document: Json) -> None:
    """Add the resource to ``document`` in place, unless it is there (absent from 2.202.0, revision 20261104)."""
    if "posts" in document["resources"]:
        return
    schemas, post = document["schemas"], {"$ref": "Post"}
    anything = {"type": "object", "additionalProperties": {"type": "any"}}
    schemas["Post"] = {
        "id": "Post",
        "type": "object",
        "properties": {"id": {"type": "string"}, "snippet": anything, "attachments": anything, "status": anything},
    }
    schemas["PostImage"] = {"id": "PostImage", **anything}
    schemas["PostListResponse"] = {"id": "PostListResponse", **anything}
    upload = _method("imageUpload", "POST", f"{PATH}/image", required=(), answer={"$ref": "PostImage"})
    upload["supportsMediaUpload"] = True
    upload["mediaUpload"] = {
        "accept": ["image/jpeg", "image/png"],
        "maxSize": "16777216",
        "protocols": {"simple": {"multipart": True, "path": f"/upload/{PATH}/image"}},
    }
    listed = _method(
        "list",
        "GET",
        PATH,
        required=("part",),
        optional=("channelId", "id", "pageToken"),
        answer={"$ref": "PostListResponse"},
    )
    listed["parameters"]["maxResults"] = {"type": "integer", "format": "uint32", "location": "query"}
    insert = _method("insert", "POST", PATH, required=("part",), answer=post) | {"request": post}
    document["resources"]["posts"] = {
        "methods": {
            "insert": insert,
            "list": listed,
            "delete": _method("delete", "DELETE", PATH, required=("id",)),
            "imageUpload": upload,
        }
    }


def _method(
    name: str,
    verb: str,
    path: str,
    *,
    required: tuple[str, ...],
    optional: tuple[str, ...] = (),
    answer: Mapping[str, str] | None = None,
) -> Json:
    parameters = {key: {"type": "string", "location": "query", "required": True} for key in required}
    parameters |= {key: {"type": "string", "location": "query"} for key in optional}
    method: Json = {
        "id": f"youtube.posts.{name}",
        "httpMethod": verb,
        "path": path,
        "parameters": parameters,
        "parameterOrder": list(required),
        "scopes": SCOPES,
    }
    return method | ({"response": dict(answer)} if answer else {})
