"""The mechanical rules of the house, checked on every file of the tree; each rule is itself checked on a bad sample.

Run by ctest, or by hand: /usr/bin/python3 tests/tidy_test.py
"""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The floors, ground floor first. A folder includes only from itself and from earlier ones.
FLOORS = ["gather", "runtime", "message", "link", "broadcast", "cluster", "node", "app"]
# The only folders that may include gRPC: its headers take seconds to compile. The others are references of benchmarks.
GRPC_FOLDERS = ("exocast/link/exo/", "exocast/app/bench/grpc/", "bench/peers/grpc/")
MAX_LINES = 300
MAX_COLUMNS = 120
# C++ files that may be longer, each with its reason.
LONGER = {}

SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__"}
SOURCE = (".h", ".cpp")
CODE = SOURCE + (".proto", ".py", ".cmake", "CMakeLists.txt", "Makefile", ".sh")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SPDX = "// SPDX-License-Identifier: Apache-2.0"
# In two halves each, so that this file does not contain what it looks for.
MARKERS = re.compile(r"\b(" + "FIX" + "ME|XX" + "X|HA" + "CK|TO" + r"DO)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(wo" + "rk|fa" + "rm|ro" + "ot|tmp/br" + r"ief)/")


def floor_of(path):
    """The floor a file belongs to, or None for what is outside the house (tests/, examples/, cmake/)."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "exocast" else None


def is_test(path):
    return re.search(r"_test(_support)?\.(cpp|h)$|/testing/", path) is not None


def includes_go_to_earlier_floors(path, text):
    floor = floor_of(path)
    if floor is None:
        return
    if floor not in FLOORS:
        yield f"'{floor}' is no floor; they are listed in tests/tidy_test.py"
        return
    for quote, target in INCLUDE.findall(text):
        if quote == '"' and not target.startswith("exocast/"):
            yield f'#include "{target}" is not a path from the top ("exocast/...")'
        included = floor_of(target)
        if included is not None and (included not in FLOORS or FLOORS.index(included) > FLOORS.index(floor)):
            yield f"'{floor}' includes from the later floor '{included}': {target}"


def gather_uses_the_standard_library_only(path, text):
    if floor_of(path) != "gather":
        return
    for quote, target in INCLUDE.findall(text):
        for_tests = is_test(path) and target.startswith(("gtest/", "gmock/"))
        if quote == "<" and not re.fullmatch(r"[a-z_0-9]+", target) and not for_tests:
            yield f"gather includes <{target}>, which is not a header of the standard library"


def grpc_stays_in_its_folder(path, text):
    if path.startswith(GRPC_FOLDERS):
        return
    for _, target in INCLUDE.findall(text):
        if target.startswith(("grpc/", "grpcpp/", "grpc++/")) or target.endswith(".grpc.pb.h"):
            yield f"includes {target} outside {', '.join(GRPC_FOLDERS)}"


def files_are_short(path, text):
    lines = text.count("\n")
    if path.endswith(SOURCE) and lines > MAX_LINES and path not in LONGER:
        yield f"{lines} lines, more than {MAX_LINES}"


def lines_are_short(path, text):
    if path.endswith(CODE) or path.startswith("scripts/"):
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > MAX_COLUMNS:
                yield f"line {number}: {len(line)} columns, more than {MAX_COLUMNS}"


def no_leftover_markers(path, text):
    for match in MARKERS.finditer(text):
        yield f"leftover marker {match.group(1)}"


def no_machine_paths(path, text):
    for match in MACHINE_PATHS.finditer(text):
        yield f"names a path of somebody's machine: {match.group(0)}"


def headers_begin_with_pragma_once_and_a_comment(path, text):
    if not path.endswith(".h"):
        return
    lines = [line for line in text.splitlines() if line.strip() and line != SPDX]
    if lines[:1] != ["#pragma once"]:
        yield "does not begin with #pragma once (after the licence)"
    elif not lines[1:] or not lines[1].startswith("//"):
        yield "#pragma once is not followed by a comment that says what the header is for"


def sources_name_their_licence(path, text):
    if path.endswith(SOURCE) and SPDX not in text.splitlines()[:3]:
        yield f"lacks the line {SPDX}"


def test_files_test_something(path, text):
    if path.endswith("_test.cpp") and not re.search(r"^\s*(TYPED_)?TEST(_F|_P)?\(", text, re.M):
        yield "a test file without a TEST"
    if path.endswith("_test.py") and not re.search(r"^\s*(async )?def test_", text, re.M):
        yield "a test file without a test method"


RULES = [
    includes_go_to_earlier_floors,
    gather_uses_the_standard_library_only,
    grpc_stays_in_its_folder,
    files_are_short,
    lines_are_short,
    no_leftover_markers,
    no_machine_paths,
    headers_begin_with_pragma_once_and_a_comment,
    sources_name_their_licence,
    test_files_test_something,
]


def complaints(path, text):
    """What is wrong with one file, as (rule, what) pairs."""
    return [(rule.__name__, what) for rule in RULES for what in rule(path, text)]


def files():
    """Every text file of the tree, as (path from the top, text)."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        for name in sorted(set(names) - SKIPPED_FOLDERS):  # in a worktree, .git is a file
            full = os.path.join(folder, name)
            try:
                with open(full, encoding="utf-8") as file:
                    yield os.path.relpath(full, ROOT), file.read()
            except (UnicodeDecodeError, FileNotFoundError):
                continue  # a picture, or an editor's file that has just gone


class TidyTest(unittest.TestCase):
    def test_the_tree_keeps_every_rule(self):
        found = [f"{path}: {what}" for path, text in files() for _, what in complaints(path, text)]
        if found:
            self.fail("\n" + "\n".join(found))

    def test_the_tree_was_found(self):
        paths = [path for path, _ in files()]
        self.assertIn("CMakeLists.txt", paths)
        self.assertGreater(len([path for path in paths if path.endswith(SOURCE)]), 10)

    def test_a_good_file_passes(self):
        for path, text in GOOD:
            self.assertEqual([], complaints(path, text))

    def test_every_rule_fires_on_bad_samples(self):
        for rule, path, text in BAD:
            with self.subTest(rule=rule.__name__, path=path, text=text[-60:]):
                self.assertEqual([rule.__name__], [name for name, _ in complaints(path, text)])
        self.assertEqual(set(RULES), {rule for rule, _, _ in BAD}, "every rule has a bad sample")


CPP = SPDX + "\n"
HEADER = CPP + "#pragma once\n// What it is for.\n"
GOOD = [
    ("exocast/link/a.h", HEADER + '#include <vector>\n#include "exocast/gather/a.h"\n'),
    ("exocast/gather/a_test.cpp", CPP + "#include <gtest/gtest.h>\nTEST(A, B) {}\n"),
    ("exocast/link/exo/a.cpp", CPP + "#include <grpcpp/grpcpp.h>\n"),
]
BAD = [
    (includes_go_to_earlier_floors, "exocast/gather/a.cpp", CPP + '#include "exocast/runtime/a.h"\n'),
    (includes_go_to_earlier_floors, "exocast/link/exo/a.h", HEADER + '#include "exocast/node.h"\n'),
    (includes_go_to_earlier_floors, "exocast/link/a.cpp", CPP + '#  include "exocast/cellar/a.h"\n'),
    (includes_go_to_earlier_floors, "exocast/link/a.cpp", CPP + '#include "a.h"\n'),
    (includes_go_to_earlier_floors, "exocast/cellar/a.cpp", CPP),
    (gather_uses_the_standard_library_only, "exocast/gather/a.h", HEADER + "#include <boost/asio.hpp>\n"),
    (gather_uses_the_standard_library_only, "exocast/gather/a.cpp", CPP + "#include <unistd.h>\n"),
    (gather_uses_the_standard_library_only, "exocast/gather/a.h", HEADER + "#include <gtest/gtest.h>\n"),
    (grpc_stays_in_its_folder, "exocast/link.h", HEADER + "#include <grpcpp/channel.h>\n"),
    (grpc_stays_in_its_folder, "exocast/app/a.cpp", CPP + '#include "message/proto/node_service.grpc.pb.h"\n'),
    (files_are_short, "exocast/link/a.cpp", CPP + "\n" * MAX_LINES),
    (lines_are_short, "exocast/link/a.cpp", CPP + "// " + "x" * (MAX_COLUMNS - 2) + "\n"),
    (lines_are_short, "scripts/a", "x" * (MAX_COLUMNS + 1)),
    (no_leftover_markers, "README.md", "TO" + "DO: write\n"),
    (no_leftover_markers, "exocast/link/a.cpp", CPP + "// FIX" + "ME\n"),
    (no_leftover_markers, "exocast/link/a.cpp", CPP + "// XX" + "X\n"),
    (no_leftover_markers, "tests/a.py", "# HA" + "CK\n"),
    (no_machine_paths, "docs/a.md", "see /wo" + "rk/main\n"),
    (no_machine_paths, "scripts/a", "cat '/fa" + "rm/x'\n"),
    (headers_begin_with_pragma_once_and_a_comment, "exocast/link/a.h", CPP + "// What.\n#pragma once\n"),
    (headers_begin_with_pragma_once_and_a_comment, "exocast/link/a.h", CPP + "#pragma once\n\n#include <vector>\n"),
    (sources_name_their_licence, "exocast/link/a.cpp", "int a;\n"),
    (sources_name_their_licence, "tests/a.h", "#pragma once\n// What.\n"),
    (test_files_test_something, "exocast/link/a_test.cpp", CPP + "// TEST(A, B) {}\n"),
    (test_files_test_something, "tests/a_test.py", "import unittest\n"),
]

if __name__ == "__main__":
    unittest.main()
