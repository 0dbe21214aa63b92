"""The mechanical rules of the house, checked on every file of the tree; each rule is itself checked on a bad sample.

Run by ctest, or by hand: /usr/bin/python3 tests/tidy_test.py
"""
# SPDX-License-Identifier: Apache-2.0
import functools
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The folders of src/ in order. A folder includes only from itself and from earlier ones. A subfolder that is not named
# belongs to the folder it is in.
ROWS = ["gather", "base", "loop", "message", "report", "metrics", "identity",
        "link", "link/stream", "link/native", "link/exo", "link/negotiated", "lane", "broadcast", "ask",
        "cluster/udp", "cluster/swim", "cluster/discovery", "cluster/exo", "cluster", "control", "node"]
# The row of each public header, include/exocast/<name>.h; those in gather/ belong to gather.
PUBLIC = {
    "gather": ["gather"],
    "base": ["status", "histogram", "backoff_limits"],
    "loop": ["asio_loop", "as_task", "signals"],
    "message": ["message", "stream_class", "ids", "question", "peers_file", "device"],
    "report": ["report", "topology", "answers"],
    "metrics": ["metrics"],
    "identity": ["cluster_key"],
    "link": ["link", "link_options", "log_progress"],
    "lane": ["roster", "lane_options"],
    "broadcast": ["replay", "options", "ticket", "broadcaster"],
    "ask": ["asker"],
    "cluster/udp": ["member", "cluster_options"],
    "cluster": ["cluster"],
    "node": ["inbox", "sender_logs", "node", "exocast"],
}
ROW_OF_PUBLIC = {name: row for row, names in PUBLIC.items() for name in names}
# What is not in the library, and whom each may include besides the library.
OUTSIDE = {"testing": {"testing"}, "tools": {"tools"}, "bench": {"bench", "tools"}, "tests": {"testing", "tests"},
           "examples": set()}
# The public headers that may include Asio.
ASIO_HEADERS = {"include/exocast/asio_loop.h", "include/exocast/as_task.h"}
# The only places that may include gRPC: its headers take seconds to compile. The others are references of benchmarks,
# and what tests exo's links.
GRPC_FOLDERS = ("src/link/exo/", "bench/grpc/", "bench/peers/grpc/", "testing/link/exo_")
HINT_LINES = 500
MAX_LINES = 800
MAX_COLUMNS = 120

SKIPPED_FOLDERS = {".git", "build", ".cache", "__pycache__"}
SOURCE = (".h", ".cpp")
CODE = SOURCE + (".proto", ".py", ".cmake", "CMakeLists.txt", "Makefile", ".sh")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SPDX = "// SPDX-License-Identifier: Apache-2.0"
# In two halves each, so that this file does not contain what it looks for.
MARKERS = re.compile(r"\b(" + "FIX" + "ME|XX" + "X|HA" + "CK|TO" + r"DO)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(wo" + "rk|fa" + "rm|ro" + "ot|tmp/br" + r"ief)/")


def row_of(path):
    """The row that a file of the library belongs to, given from the top; None if it has none."""
    parts = path.split("/")
    if path.startswith("include/exocast/"):
        return "gather" if parts[2] == "gather" else ROW_OF_PUBLIC.get(parts[2].removesuffix(".h"))
    if path.startswith("src/") and len(parts) > 2:
        folders = ["/".join(parts[1:end]) for end in range(len(parts) - 1, 1, -1)]
        return next((folder for folder in folders if folder in ROWS), None)
    return None


def place_of(target):
    """What an #include with quotes names, from the top; None if it is neither ours nor a path from a top folder."""
    first = target.split("/")[0]
    if first == "exocast":
        return "include/" + target
    if first in OUTSIDE:
        return target
    if "/" in target and any(first == row.split("/")[0] for row in ROWS):
        return "src/" + target
    return None


def is_test(path):
    return path.endswith("_test.cpp")


def ours(text):
    """Every #include with quotes, and what it names from the top; without what protoc generates."""
    return [(target, place_of(target)) for quote, target in INCLUDE.findall(text)
            if quote == '"' and not target.endswith(".pb.h")]


def includes_are_paths_from_the_top(path, text):
    if not path.endswith(SOURCE) or os.path.basename(path) == "precompiled.h":
        return
    for quote, target in INCLUDE.findall(text):
        ours_in_angles = quote == "<" and target.startswith("exocast/") and not path.startswith("tests/install/")
        if ours_in_angles or quote == '"' and place_of(target) is None:
            yield f'#include {target}: our headers are included as "exocast/x.h", "lane/lane.h" or "testing/x.h"'


def includes_go_to_earlier_rows(path, text):
    if not path.startswith(("src/", "include/")) or not path.endswith(SOURCE) or path == "src/precompiled.h":
        return
    row = row_of(path)
    if row is None:
        yield "has no row: rows and public headers are listed in tests/tidy_test.py"
        return
    for target, place in ours(text):
        included = row_of(place) if place else None
        if included is None and place and place.startswith(("src/", "include/")):
            yield f"includes what has no row: {target}"
        elif included and ROWS.index(included) > ROWS.index(row):
            yield f"'{row}' includes from the later row '{included}': {target}"


def the_library_includes_nothing_from_outside(path, text):
    top = path.split("/")[0]
    allowed = OUTSIDE.get(top, set()) | ({"testing"} if is_test(path) else set())
    if path.endswith(SOURCE):
        for target, place in ours(text):
            outside = place.split("/")[0] if place else None
            if outside in OUTSIDE and outside not in allowed:
                yield f"'{top}' includes from '{outside}': {target}"


def gather_uses_the_standard_library_only(path, text):
    if not path.startswith(("include/exocast/gather", "src/gather/", "tests/gather/")):
        return
    for quote, target in INCLUDE.findall(text):
        for_tests = is_test(path) and target.startswith(("gtest/", "gmock/"))
        if quote == "<" and not re.fullmatch(r"[a-z_0-9]+", target) and not for_tests:
            yield f"gather includes <{target}>, which is not a header of the standard library"


def public_headers_show_nothing_private(path, text):
    if not path.startswith("include/") or path.startswith("include/exocast/gather"):
        return
    for quote, target in INCLUDE.findall(text):
        asio = path in ASIO_HEADERS and target.startswith("boost/asio")
        if quote == "<" and not re.fullmatch(r"[a-z_0-9]+", target) and target != "nlohmann/json_fwd.hpp" and not asio:
            yield f"a public header includes <{target}>"
        if quote == '"' and (place_of(target) or "").startswith("src/"):
            yield f"a public header includes src/{target}"


def public_headers_are_listed(path, _):
    if path.startswith("include/exocast/") and path.removeprefix("include/exocast/") not in listed_headers():
        yield "is not in cmake/public_headers.cmake, so it would not be installed"


@functools.cache
def listed_headers():
    with open(os.path.join(ROOT, "cmake", "public_headers.cmake"), encoding="utf-8") as file:
        return re.findall(r"^  (\S+\.h)$", file.read(), re.M)


def grpc_stays_in_its_folder(path, text):
    if path.startswith(GRPC_FOLDERS):
        return
    for _, target in INCLUDE.findall(text):
        if target.startswith(("grpc/", "grpcpp/", "grpc++/")) or target.endswith(".grpc.pb.h"):
            yield f"includes {target} outside {', '.join(GRPC_FOLDERS)}"


def files_are_short(path, text):
    lines = text.count("\n")
    if path.endswith(SOURCE) and lines > MAX_LINES:
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
    includes_are_paths_from_the_top,
    includes_go_to_earlier_rows,
    the_library_includes_nothing_from_outside,
    gather_uses_the_standard_library_only,
    public_headers_show_nothing_private,
    public_headers_are_listed,
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

    def test_hints(self):
        """Fails never: names the files of which to ask whether an idea ends somewhere inside."""
        for path, text in files():
            if path.endswith(SOURCE) and text.count("\n") > HINT_LINES:
                print(f"hint: {path} has {text.count(chr(10))} lines, more than {HINT_LINES}")

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
    ("src/link/a.h", HEADER + '#include <vector>\n#include "exocast/gather/task.h"\n#include "base/a.h"\n'),
    ("src/link/native/a.cpp", CPP + '#include "link/stream/a.h"\n#include "message/proto/native.pb.h"\n'),
    ("src/cluster/a.cpp", CPP + '#include "cluster/swim/a.h"\n#include "exocast/cluster.h"\n'),
    ("src/link/a_test.cpp", CPP + '#include "testing/link/a.h"\nTEST(A, B) {}\n'),
    ("include/exocast/report.h", HEADER + "#include <nlohmann/json_fwd.hpp>\n"),
    ("include/exocast/as_task.h", HEADER + '#include <boost/asio/error.hpp>\n#include "exocast/gather/task.h"\n'),
    ("tests/gather/a_test.cpp", CPP + "#include <gtest/gtest.h>\nTEST(A, B) {}\n"),
    ("src/link/exo/a.cpp", CPP + "#include <grpcpp/grpcpp.h>\n"),
    ("bench/a.cpp", CPP + '#include "tools/cli/a.h"\n#include "node/node.h"\n'),
]
BAD = [
    (includes_are_paths_from_the_top, "src/link/a.cpp", CPP + '#include "a.h"\n'),
    (includes_are_paths_from_the_top, "tools/a.cpp", CPP + '#include "src/base/a.h"\n'),
    (includes_are_paths_from_the_top, "src/link/a.cpp", CPP + '#  include "cellar/a.h"\n'),
    (includes_are_paths_from_the_top, "src/link/a.cpp", CPP + "#include <exocast/link.h>\n"),
    (includes_go_to_earlier_rows, "src/base/a.cpp", CPP + '#include "loop/a.h"\n'),
    (includes_go_to_earlier_rows, "src/link/exo/a.h", HEADER + '#include "exocast/node.h"\n'),
    (includes_go_to_earlier_rows, "src/link/native/a.h", HEADER + '#include "link/exo/a.h"\n'),
    (includes_go_to_earlier_rows, "src/cluster/swim/a.h", HEADER + '#include "cluster/a.h"\n'),
    (includes_go_to_earlier_rows, "src/lane/a_test.cpp", CPP + '#include "broadcast/a.h"\nTEST(A, B) {}\n'),
    (includes_go_to_earlier_rows, "src/lane/a.cpp", CPP + '#include "exocast/cellar.h"\n'),
    (includes_go_to_earlier_rows, "src/cellar/a.cpp", CPP),
    (includes_go_to_earlier_rows, "src/a.cpp", CPP),
    (the_library_includes_nothing_from_outside, "src/lane/a.cpp", CPP + '#include "testing/a.h"\n'),
    (the_library_includes_nothing_from_outside, "tools/a.cpp", CPP + '#include "bench/a.h"\n'),
    (the_library_includes_nothing_from_outside, "testing/a.cpp", CPP + '#include "tools/a.h"\n'),
    (gather_uses_the_standard_library_only, "include/exocast/gather/task.h", HEADER + "#include <boost/asio.hpp>\n"),
    (gather_uses_the_standard_library_only, "include/exocast/gather/task.h", HEADER + "#include <unistd.h>\n"),
    (gather_uses_the_standard_library_only, "include/exocast/gather/task.h", HEADER + "#include <gtest/gtest.h>\n"),
    (public_headers_show_nothing_private, "include/exocast/link.h", HEADER + "#include <boost/asio/error.hpp>\n"),
    (public_headers_show_nothing_private, "include/exocast/link.h", HEADER + "#include <nlohmann/json.hpp>\n"),
    (public_headers_show_nothing_private, "include/exocast/node.h", HEADER + '#include "lane/lane.h"\n'),
    (public_headers_are_listed, "include/exocast/gather/cellar.h", HEADER),
    (grpc_stays_in_its_folder, "src/link/a.h", HEADER + "#include <grpcpp/channel.h>\n"),
    (grpc_stays_in_its_folder, "tools/a.cpp", CPP + '#include "message/proto/node_service.grpc.pb.h"\n'),
    (files_are_short, "src/link/a.cpp", CPP + "\n" * MAX_LINES),
    (lines_are_short, "src/link/a.cpp", CPP + "// " + "x" * (MAX_COLUMNS - 2) + "\n"),
    (lines_are_short, "scripts/a", "x" * (MAX_COLUMNS + 1)),
    (no_leftover_markers, "README.md", "TO" + "DO: write\n"),
    (no_leftover_markers, "src/link/a.cpp", CPP + "// FIX" + "ME\n"),
    (no_leftover_markers, "src/link/a.cpp", CPP + "// XX" + "X\n"),
    (no_leftover_markers, "tests/a.py", "# HA" + "CK\n"),
    (no_machine_paths, "docs/a.md", "see /wo" + "rk/main\n"),
    (no_machine_paths, "scripts/a", "cat '/fa" + "rm/x'\n"),
    (headers_begin_with_pragma_once_and_a_comment, "src/link/a.h", CPP + "// What.\n#pragma once\n"),
    (headers_begin_with_pragma_once_and_a_comment, "src/link/a.h", CPP + "#pragma once\n\n#include <vector>\n"),
    (sources_name_their_licence, "src/link/a.cpp", "int a;\n"),
    (sources_name_their_licence, "tests/a.h", "#pragma once\n// What.\n"),
    (test_files_test_something, "src/link/a_test.cpp", CPP + "// TEST(A, B) {}\n"),
    (test_files_test_something, "tests/a_test.py", "import unittest\n"),
]

if __name__ == "__main__":
    unittest.main()
