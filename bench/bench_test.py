"""The benchmarks run, and say what they say in the form that docs/performance.md and other programs read. No timing is
judged here: machines that test are busy.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import unittest

BENCH = os.path.join(os.environ["EXOCAST_BUILD_DIR"], "exocast-bench")
KEYS = ["bench", "name", "n", "value", "unit", "reference", "reference_value", "ratio"]
CONDITIONS = ["cores", "compiler", "build_type", "load"]


def run(*arguments):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, timeout=100, check=False)


class BenchTest(unittest.TestCase):
    def rows(self, *arguments):
        done = run(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)
        self.assertIsInstance(rows, list)
        return rows

    def check_rows(self, bench, rows):
        first, *others = rows
        self.assertEqual(first["name"], "conditions")
        for key in CONDITIONS:
            self.assertIn(key, first)
        self.assertGreaterEqual(first["cores"], 1)
        self.assertGreater(len(others), 0)
        for row in rows:
            self.assertEqual([key for key in row if key in KEYS], KEYS, "eight keys, in this order")
            self.assertEqual(row["bench"], bench)
            self.assertIsInstance(row["value"], float)
            self.check_ratio(row)
        for row in others:
            self.assertEqual(len(row), len(KEYS))
            self.assertGreaterEqual(row["value"], 0)
            self.assertGreater(row["n"], 0)
        keys = [(row["name"], row["n"]) for row in others]
        self.assertEqual(len(keys), len(set(keys)), "a row can be found by its name and size")

    def check_ratio(self, row):
        if row["reference"] is None:
            self.assertIsNone(row["reference_value"])
            self.assertIsNone(row["ratio"])
        elif row["reference_value"] == 0:
            self.assertIsNone(row["ratio"])
        else:
            self.assertAlmostEqual(row["ratio"], row["value"] / row["reference_value"])

    def test_gather_rows(self):
        rows = self.rows("gather", "--quick", "--json")
        self.check_rows("gather", rows)
        names = {row["name"] for row in rows}
        self.assertIn("gather, limit 64 + deadline", names)
        self.assertIn("gather, all cancelled at the deadline", names)
        self.assertIn("gather on AsioLoop, limit 64 + deadline", names)

    def test_fanout_rows(self):
        rows = self.rows("fanout", "--quick", "--n", "4,16", "--json")
        self.check_rows("fanout", rows)
        for name in ("broadcast over gRPC", "broadcast over native", "one by one over gRPC", "hand-written gRPC loop",
                     "raw epoll"):
            self.assertEqual([row["n"] for row in rows if row["name"] == name], [4, 16], name)

    def test_stream_rows(self):
        rows = self.rows("stream", "--quick", "--json")
        self.check_rows("stream", rows)
        found = {row["name"]: row for row in rows}
        for link in ("native", "link/exo"):
            self.assertGreater(found[f"{link}, unpaced"]["value"], 0)
            for fault in ("lost", "inversions", "duplicates"):
                self.assertEqual(found[f"{link}, unpaced, {fault}"]["value"], 0, fault)
            self.assertEqual(found[f"{link}, 200 tokens/s, sender CPU"]["reference"], "raw epoll")
            stopped = f"{link}, a peer stopped for 0.5 s"
            self.assertEqual(found[f"{stopped}, missing, unreported"]["value"], 0)
            self.assertEqual(found[f"{stopped}, inversions"]["value"], 0)
            self.assertEqual(found[f"{stopped}, duplicates"]["value"], 0)

    def test_isolation_rows(self):
        rows = self.rows("isolation", "--quick", "--json")
        self.check_rows("isolation", rows)
        names = {row["name"] for row in rows}
        for fault in ("1 slow", "1 stopped", "1 black-holed", "all healthy"):
            for what in ("p50", "p99", "p99.9"):
                self.assertIn(f"native, {fault}, {what}", names)

    def test_isolation_rows_without_a_pause(self):
        rows = self.rows("isolation", "--quick", "--saturate", "--systems", "native", "--json")
        found = {row["name"]: row for row in rows}
        for fault in ("1 slow", "1 stopped", "1 black-holed"):
            self.assertGreater(found[f"native, unpaced, {fault}, throughput"]["value"], 0)
        self.assertGreater(found["native, unpaced, all healthy, throughput"]["value"], 0)

    def test_table_has_the_conditions_first(self):
        done = run("gather", "--quick")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^\d+ cores, ")

    def test_wrong_arguments_are_one_line(self):
        for arguments in (["gather", "--fast"], ["fanout", "--n", "0"], ["fanout", "--seconds", "x"],
                          ["stream", "--seconds", "-1"], ["isolation", "--systems", "pigeons"], ["dance"], []):
            done = run(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
