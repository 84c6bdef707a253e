"""Work that is done ahead, in a thread."""

import queue
import threading


def ahead(items, count=1):
    """Takes items from an iterator in a thread of its own, some before they are wanted.

    Args:
        items: Iterable; an error that it raises is raised where the item was wanted.
        count: Number of items that wait at most.

    Yields:
        The items.

    Example:

    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    waiting, stopped = queue.Queue(count), threading.Event()

    def put(item):
        while not stopped.is_set():
            try:
                return waiting.put(item, timeout=0.1)
            except queue.Full:
                continue

    def work():
        try:
            for item in items:
                put((item, None))
                if stopped.is_set():
                    break
            put((None, StopIteration()))
        except BaseException as error:
            put((None, error))
        finally:
            getattr(items, "close", int)()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item
    finally:
        stopped.set()
        thread.join()
