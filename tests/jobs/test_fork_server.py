import os
import signal
from concurrent.futures import ThreadPoolExecutor

from stockturn.jobs import fork_server
from stockturn.jobs.worker import run_limited
from tests.jobs import tasks

LIMITS = {"memory_mb": 2048, "seconds": 30}


def test_children_stand_where_their_parent_stands(tmp_path, monkeypatch):
    """The server may have started long before, elsewhere."""
    run_limited(tasks.add, 1, 2, **LIMITS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKTURN_NOTE", "here")
    folder, note, pid = run_limited(tasks.surroundings, **LIMITS)
    assert (folder, note) == (str(tmp_path), "here")
    assert pid != os.getpid()


def test_each_order_has_a_child_of_its_own():
    with ThreadPoolExecutor(4) as threads:
        orders = [threads.submit(run_limited, tasks.surroundings, **LIMITS) for _ in range(12)]
        pids = {order.result()[2] for order in orders}
    assert len(pids) == 12


def test_a_server_that_was_killed_is_replaced(monkeypatch):
    server = fork_server.ForkServer()
    monkeypatch.setattr("stockturn.jobs.worker.FORK_SERVER", server)
    run_limited(tasks.add, 1, 2, **LIMITS)
    assert server._server is not None
    os.kill(server._server.pid, signal.SIGKILL)
    assert run_limited(tasks.add, 1, 2, **LIMITS) == 3
    server.close()
    assert run_limited(tasks.add, 1, 2, **LIMITS) == 3
    server.close()
