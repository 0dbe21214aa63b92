#!/usr/bin/python3
"""What a delivery costs in instructions, allocations and futex calls may not grow: each case has a ceiling.

exocast-instructions runs one end of native links in one thread, on virtual time, against canned peers; callgrind
counts.
The figures hardly depend on the machine, but on the compiler and on its options, so this is for the release build.

Run by ctest, or by hand:

    bench/instructions_test.py             all cases, beside their ceilings
    bench/instructions_test.py stream      one case, and the functions that its instructions go to
"""
# SPDX-License-Identifier: Apache-2.0
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("EXOCAST_BUILD_DIR",
                       os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build/release"))
SKIPPED = 77

Case = collections.namedtuple("Case", "messages instructions allocations what")
# The ceilings are what was measured and 5 % more. Lower them with each gain.
CASES = {
    "stream": Case(2048, 808, 0.02, "publish() to 8, 64 a turn, on_outcome"),
    "single": Case(1024, 3304, 0.63, "publish() to 8, one a turn, on_outcome"),
    "report": Case(1024, 2064, 0.68, "publish() to 8, 64 a turn, each report awaited"),
    "fanout": Case(256, 5318, 1.31, "broadcast() to 64, one after another"),
    "receive": Case(4096, 1579, 1.05, "a receiver, batches of 64, accept_now()"),
    "inbox": Case(4096, 2309, 1.11, "the same through an inbox to a reader"),
}
# The bench's own ends, which do not count. What they call does.
CANNED = re.compile(r"exocast::bench::Canned")


def functions_of(profile):
    """The instructions of each function itself, by name, in a file of callgrind."""
    names = {}
    costs = collections.Counter()
    function, is_call = None, False
    with open(profile, encoding="utf-8") as lines:
        for line in lines:
            named = re.match(r"fn=\((\d+)\)(?: (.*))?", line)
            if named:
                function = named[1]
            elif line.startswith("calls="):
                is_call = True  # the next line has what the called function cost
            elif re.match(r"[+*\-\d]", line) and function is not None:
                if not is_call:
                    costs[function] += int(line.split()[1])
                is_call = False
            for number, name in re.findall(r"^c?fn=\((\d+)\) (.+)$", line):
                names[number] = name
    return collections.Counter({names[number]: cost for number, cost in costs.items()})


def count(program, folder, name):
    """One case: deliveries, allocations and the instructions of each function."""
    profile = os.path.join(folder, name)
    done = subprocess.run(
        ["valgrind", "-q", "--tool=callgrind", "--toggle-collect=exocast_counted", f"--callgrind-out-file={profile}",
         program, name, str(CASES[name].messages)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{name}: {done.stderr}")
    result = json.loads(done.stdout)
    return result["deliveries"], result["allocations"], functions_of(profile)


def futex_calls(program, folder, name):
    """How many more futex calls twice as many messages make. None where strace may not trace."""
    if shutil.which("strace") is None:
        return None
    calls = []
    for messages in (CASES[name].messages, 2 * CASES[name].messages):
        trace = os.path.join(folder, "futex")
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=futex", "-o", trace, program, name, str(messages)],
                              capture_output=True, check=False)
        if done.returncode != 0:
            return None
        with open(trace, encoding="utf-8") as lines:
            calls.append(sum("futex(" in line for line in lines))
    return calls[1] - calls[0]


def judge(name, instructions, allocations, futexes):
    case = CASES[name]
    faults = []
    if instructions > case.instructions:
        faults.append(f"over the ceiling of {case.instructions} instructions a delivery")
    if allocations > case.allocations:
        faults.append(f"over the ceiling of {case.allocations} allocations a delivery")
    if futexes:
        faults.append("futex calls grow with the messages")
    return faults


def measure(names, functions_shown=0):
    """Prints a line for each case, and returns what is wrong."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "exocast-instructions")
        # Debian 12's valgrind cannot read clang 19's debug information; the names of functions stay.
        subprocess.run(["objcopy", "--strip-debug", os.path.join(BUILD, "exocast-instructions"), program], check=True)
        print(f"{'a delivery':10} {'instructions':>12} {'ceiling':>8} {'canned':>7} {'allocations':>12} {'ceiling':>8} "
              f"{'futexes':>8}")
        for name in names:
            deliveries, allocations, functions = count(program, folder, name)
            canned = sum(cost for function, cost in functions.items() if CANNED.search(function)) / deliveries
            instructions = functions.total() / deliveries - canned
            futexes = futex_calls(program, folder, name)
            case = CASES[name]
            print(f"{name:10} {instructions:12,.0f} {case.instructions:8,} {canned:7,.0f} "
                  f"{allocations / deliveries:12.3f} {case.allocations:8.3f} "
                  f"{'not seen' if futexes is None else futexes:>8}  {case.what}", flush=True)
            for fault in judge(name, instructions, allocations / deliveries, futexes):
                wrong.append(f"{name}: {fault}")
            for function, cost in functions.most_common(functions_shown):
                print(f"  {cost / deliveries:9.1f}  {function}")
    return wrong


class InstructionsTest(unittest.TestCase):
    def test_a_delivery_costs_no_more_than_its_ceilings(self):
        self.assertEqual(measure(CASES), [])

    def test_each_ceiling_is_a_limit(self):
        case = CASES["stream"]
        self.assertEqual(judge("stream", case.instructions, case.allocations, 0), [])
        self.assertEqual(len(judge("stream", case.instructions + 1, case.allocations + 0.01, 1)), 3)


if __name__ == "__main__":
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed; run scripts/setup test")
        sys.exit(SKIPPED)
    if len(sys.argv) == 1:
        unittest.main()
    if set(sys.argv[1:]) - set(CASES):
        sys.exit(f"the cases are: {' '.join(CASES)}")
    sys.exit("\n".join(measure(sys.argv[1:], functions_shown=40)) or None)
