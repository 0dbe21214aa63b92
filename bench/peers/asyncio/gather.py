#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""asyncio doing the tasks of `exocast-bench gather`: each yields once, then ends with its number or an error.

    gather.py SECONDS

measures each case for SECONDS and prints JSON lines {kind, name, n, value}: CPU time of the process in ns a task,
medians of rounds. On asyncio's own loop, and on uvloop when that is installed.
"""

import asyncio
import json
import statistics
import sys
import time

LIMIT = 64
DEADLINE_S = 60


async def work(index):
    await asyncio.sleep(0)
    if index & 63 == 63:
        raise ConnectionRefusedError
    return index


async def limited(n):
    """The usual way: a limit, a deadline for all, every result kept. Returns ns, as the others."""
    places = asyncio.Semaphore(LIMIT)

    async def one(index):
        async with places:
            return await work(index)

    before = time.process_time_ns()
    results = await asyncio.wait_for(asyncio.gather(*map(one, range(n)), return_exceptions=True), DEADLINE_S)
    assert sum(isinstance(result, Exception) for result in results) == n // 64
    return time.process_time_ns() - before


async def cancelled(n):
    """From cancelling n tasks that wait until all are known to be cancelled."""

    async def hang():
        await asyncio.get_running_loop().create_future()

    tasks = [asyncio.ensure_future(hang()) for _ in range(n)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    before = time.process_time_ns()
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    took = time.process_time_ns() - before
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    return took


async def measure(kind, name, n, seconds, run):
    if n < 100000:  # takes seconds, so it warms up in its first round, which the median leaves out
        await run(n)
    rounds = []
    end = time.monotonic() + seconds
    while len(rounds) < 2 or time.monotonic() < end:
        rounds.append(await run(n) / n)
    print(json.dumps({"kind": kind, "name": name, "n": n, "value": statistics.median_low(rounds)}), flush=True)


async def main(loop_name, seconds):
    for n in (1000, 100000):
        await measure("gather", f"{loop_name} gather + Semaphore(64) + wait_for", n, seconds, limited)
        await measure("cancel", f"{loop_name} tasks cancelled", n, seconds, cancelled)


if __name__ == "__main__":
    budget = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
    asyncio.run(main("asyncio", budget))
    try:
        import uvloop
    except ImportError:
        print("gather.py: uvloop is not installed", file=sys.stderr)
    else:
        uvloop.install()
        asyncio.run(main("uvloop", budget))
