"""A server that answers while a test runs."""

import contextlib
import threading


@contextlib.contextmanager
def served(server):
    """Runs an `http.server` in a thread and gives its address."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()
