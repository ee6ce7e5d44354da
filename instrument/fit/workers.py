"""Workshop: where the corpus is read and described: on this machine's cores, or on a cluster's machines.

In: how many processes, or a scheduler's address. Out: a context in which joblib's `Parallel`, wherever it is used,
spreads its work so. No other module knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from joblib import parallel_config

from instrument.errors import UserError


@contextmanager
def workers(jobs: int = 0, cluster: str = "") -> Iterator[None]:
    """Work is done by `jobs` processes (0: one a core), or by the dask workers behind the address `cluster`.

    Never by this process alone, for a file may crash its reader. Raises UserError when a cluster cannot be reached.
    """
    if not cluster:
        with parallel_config(n_jobs=max(2, jobs) if jobs else -1):
            yield
        return
    if find_spec("distributed") is None:
        raise UserError("--cluster needs dask: pip install 'eigenwalk[cluster]'")
    try:
        client = import_module("distributed").Client(cluster, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(f"--cluster {cluster}: no dask scheduler answers there ({type(error).__name__})") from None
    with client, parallel_config(backend="dask"):
        yield
