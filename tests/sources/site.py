"""A real HTTP server on loopback whose pages are functions; counts what it was asked."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def page(self, path: str, body: bytes = b"", *, status: int = 200, **headers: str) -> str:
        """Serve ``body`` with ``headers`` (underscores become dashes) at ``path``; return its URL."""

        def serve(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        return self.script(path, serve)

    def script(self, path: str, page: Page) -> str:
        """Let ``page`` answer at ``path``; return its URL."""
        self.pages[path] = page
        return self.url + path

    def conditional(self, path: str, body: bytes, *, etag: str) -> str:
        """Serve ``body`` once; 304 to whoever shows the ETag."""

        def serve(handler: BaseHTTPRequestHandler) -> None:
            same = handler.headers.get("If-None-Match") == etag
            handler.send_response(304 if same else 200)
            handler.send_header("ETag", etag)
            handler.send_header("Content-Length", "0" if same else str(len(body)))
            handler.end_headers()
            if not same:
                handler.wfile.write(body)

        return self.script(path, serve)


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """Run a site."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = site.pages.get(self.path)
            if page is None:
                self.send_error(404)
                return
            with contextlib.suppress(OSError):
                page(self)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def drip(body: bytes, *, pause: float) -> Page:
    """Send ``body`` byte by byte: every single read succeeds, the whole never ends in time."""

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for byte in body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(pause)

    return serve
