"""The examples of README.md, docs/guide.md and docs/gather.md do what they say: each is taken out of the text and run.

  ```sh whose first line is a comment beginning with "# test"
      Run by bash in an empty folder, with the built exocast in PATH; every command must succeed. "# test: exits 2" says
      with which status the last one ends. A line "# prints: TEXT" says what standard output must contain.
  ```cpp with a main()
      Compiled against an installation of what was built, with the component it includes from, and run: it must end with
      0. A line "// prints: TEXT" says what it prints.
"""
# SPDX-License-Identifier: Apache-2.0
import os
import re
import signal
import subprocess
import tempfile
import textwrap
import unittest

BUILD = os.environ["EXOCAST_BUILD_DIR"]
CXX = os.environ["EXOCAST_CXX"]
SOURCE = os.environ["EXOCAST_SOURCE_DIR"]
TEXTS = ["README.md", "docs/guide.md", "docs/gather.md"]

# For one example; building all programs takes the most.
TIMEOUT_S = 100

FENCE = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```$", re.M | re.S)
PRINTS = re.compile(r"^(?:#|//) prints: (.*)$", re.M)

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(examples LANGUAGES CXX)
find_package(exocast REQUIRED COMPONENTS {components})
"""
PROGRAM = """\
add_executable({name} {name}.cpp)
target_link_libraries({name} PRIVATE exocast::{component})
"""


class Example:
    """One fenced block; `name` is made of its file and line."""

    def __init__(self, path, line, language, code):
        self.language = language
        self.code = code
        self.place = f"{path}:{line}"
        self.name = re.sub(r"\W", "_", f"{path}_{line}")

    @property
    def is_shell_test(self):
        return self.language == "sh" and self.code.startswith("# test")

    @property
    def is_program(self):
        return self.language == "cpp" and re.search(r"\bint main\(", self.code) is not None

    @property
    def status(self):
        first = self.code.splitlines()[0]
        exits = re.fullmatch(r"# test(?:: exits (\d+))?", first)
        if exits is None:
            raise ValueError(f"{self.place}: '{first}' is neither '# test' nor '# test: exits N'")
        return int(exits.group(1) or 0)

    @property
    def prints(self):
        return PRINTS.findall(self.code)

    @property
    def component(self):
        """gather, if it includes nothing else of ours."""
        used = set(re.findall(r'#include [<"]exocast/(\w+)', self.code))
        return "gather" if used <= {"gather"} else "exocast"


def examples_in(path, text):
    return [Example(path, text.count("\n", 0, match.start()) + 1, match["language"], match["code"])
            for match in FENCE.finditer(text)]


def all_examples():
    found = []
    for path in TEXTS:
        full = os.path.join(SOURCE, path)
        if os.path.exists(full):
            with open(full, encoding="utf-8") as file:
                found += examples_in(path, file.read())
    return found


def run(command, **options):
    """Runs it in a session of its own, of which nothing is left afterwards: an example may leave things behind it."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True, **options) as popen:
        try:
            stdout, stderr = popen.communicate(timeout=TIMEOUT_S)
        finally:
            try:
                os.killpg(popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return subprocess.CompletedProcess(command, popen.returncode, stdout, stderr)


def run_shell(example):
    """Runs it; what is wrong, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, PATH=f"{BUILD}{os.pathsep}{os.environ['PATH']}", XDG_RUNTIME_DIR=folder)
        bash = ["bash", "-euo", "pipefail", "-c", example.code]
        done = run(bash, cwd=folder, env=environment)
    return fault(example, done, example.status)


def fault(example, done, status):
    said = f"\n{example.code}{done.stdout}{done.stderr}"
    if done.returncode != status:
        return f"{example.place}: ended with {done.returncode}, not {status}{said}"
    for text in example.prints:
        if text not in done.stdout:
            return f"{example.place}: did not print '{text}'{said}"
    return ""


def build_programs(examples, folder):
    """Compiles them against an installation in `folder`; the folder with the programs."""
    prefix, build = os.path.join(folder, "prefix"), os.path.join(folder, "build")
    components = sorted({example.component for example in examples})
    project = PROJECT.format(components=" ".join(components))
    for example in examples:
        project += PROGRAM.format(name=example.name, component=example.component)
        with open(os.path.join(folder, example.name + ".cpp"), "w", encoding="utf-8") as file:
            file.write(example.code)
    with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as file:
        file.write(project)
    for command in (["cmake", "--install", BUILD, "--prefix", prefix],
                    ["cmake", "-S", folder, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}",
                     f"-DCMAKE_PREFIX_PATH={prefix}"],
                    ["cmake", "--build", build]):
        done = run(command)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return build


class ExamplesTest(unittest.TestCase):
    def test_the_shell_examples_run(self):
        examples = [example for example in all_examples() if example.is_shell_test]
        self.assertTrue(examples, f"there is none in {', '.join(TEXTS)}")
        for example in examples:
            with self.subTest(example.place):
                self.assertEqual("", run_shell(example))

    def test_the_programs_compile_against_an_installation_and_run(self):
        examples = [example for example in all_examples() if example.is_program]
        self.assertTrue(examples, f"there is none in {', '.join(TEXTS)}")
        with tempfile.TemporaryDirectory() as folder:
            build = build_programs(examples, folder)
            for example in examples:
                with self.subTest(example.place):
                    self.assertEqual("", fault(example, run([os.path.join(build, example.name)]), 0))


class RunnerTest(unittest.TestCase):
    """The runner itself: it finds what there is, and sees what is wrong."""

    TEXT = textwrap.dedent("""\
        # Title
        ```sh
        make run
        ```
        ```sh
        # test: exits 2
        # prints: hello
        echo hello
        exit 2
        ```
        ```cpp
        task<int> fragment();
        ```
        ```cpp
        #include "exocast/broadcaster.h"
        #include "exocast/gather/gather.h"
        int main() {}
        ```
        """)

    def example(self, code):
        return Example("a.md", 1, "sh", code)

    def test_it_finds_the_marked_and_the_whole(self):
        found = examples_in("a.md", self.TEXT)
        self.assertEqual([2, 5, 11, 14], [int(example.place.split(":")[1]) for example in found])
        self.assertEqual([False, True, False, False], [example.is_shell_test for example in found])
        self.assertEqual([False, False, False, True], [example.is_program for example in found])
        self.assertEqual((2, ["hello"]), (found[1].status, found[1].prints))
        self.assertEqual("exocast", found[3].component)
        self.assertEqual("gather", self.example('#include "exocast/gather.h"\n#include <vector>\n').component)

    def test_a_good_one_passes(self):
        self.assertEqual("", run_shell(self.example("# test\n# prints: a\necho a\n")))
        self.assertEqual("", run_shell(self.example("# test: exits 3\nexit 3\n")))

    def test_what_fails_is_seen(self):
        self.assertIn("ended with 1, not 0", run_shell(self.example("# test\nfalse\ntrue\n")))
        self.assertIn("ended with 0, not 2", run_shell(self.example("# test: exits 2\ntrue\n")))
        self.assertIn("did not print 'b'", run_shell(self.example("# test\n# prints: b\necho a\n")))
        self.assertIn("ended with", run_shell(self.example("# test\n$undefined_command\n")))

    def test_a_marker_that_is_misspelt_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "neither '# test' nor"):
            run_shell(self.example("# tests\ntrue\n"))


if __name__ == "__main__":
    unittest.main()
