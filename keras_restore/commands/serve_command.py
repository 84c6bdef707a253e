"""`keras-restore serve`: the page that restores pictures in a browser, on this machine."""

import pathlib

PAGE = pathlib.Path(__file__).parents[1] / "page"


def add_arguments(parser):
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default 8000)")
    parser.add_argument("--no-browser", action="store_true", help="open no browser window")


def run(args):
    import webbrowser

    if not (PAGE / "index.html").is_file():
        raise ValueError("The page is not built: `make web` in a checkout does it (needs npm).")
    with page_server(PAGE, args.port) as server:
        address = f"http://localhost:{server.server_address[1]}/"
        print(f"{address} (Ctrl+C ends it). Pictures stay on this machine.", flush=True)
        if not args.no_browser:
            webbrowser.open(address)
        server.serve_forever()


def page_server(folder, port):
    """Makes the server of a folder, for this machine alone, with the headers it asks for.

    Args:
        folder: Path of a folder with an `index.html` and a `headers.json`, which names the
            headers of every answer: isolation, which threads need, and the policy that forbids
            the page any other address.
        port: To listen on; 0 for a free one.

    Returns:
        An `http.server.ThreadingHTTPServer`; `server_address[1]` is its port.

    Raises:
        OSError: If the port is taken.

    Example:

    >>> with page_server(folder, port=0) as server:
    ...     server.serve_forever()
    """
    import functools
    import http.server
    import json

    headers = json.loads((folder / "headers.json").read_text(encoding="utf-8"))

    class Handler(http.server.SimpleHTTPRequestHandler):
        extensions_map = {
            **http.server.SimpleHTTPRequestHandler.extensions_map,
            ".js": "text/javascript",
            ".wasm": "application/wasm",
            ".webmanifest": "application/manifest+json",
        }

        def end_headers(self):
            for name, value in headers.items():
                self.send_header(name, value)
            # The page keeps its files itself, by version.
            self.send_header("Cache-Control", "no-cache")
            super().end_headers()

        def log_message(self, *_):
            pass

    handler = functools.partial(Handler, directory=str(folder))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
