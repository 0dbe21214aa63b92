"""cmake/check_compiler.cmake accepts a right compiler and refuses a wrong one, by what its program does."""
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

CMAKE_FOLDER = os.path.join(os.environ["EXOCAST_SOURCE_DIR"], "cmake")
GOOD_COMPILER = os.environ["EXOCAST_CXX"]


class CheckCompilerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(os.path.join(self.folder, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write(f"cmake_minimum_required(VERSION 3.25)\nproject(consumer CXX)\n"
                       f"include({CMAKE_FOLDER}/check_compiler.cmake)\n")

    def configure(self, compiler):
        return subprocess.run(
            ["cmake", "-S", self.folder, "-B", os.path.join(self.folder, "build"), f"-DCMAKE_CXX_COMPILER={compiler}"],
            capture_output=True, text=True, check=False)

    def compiler_that_adds(self, code):
        """The good compiler, but every program it builds also has this code."""
        header = os.path.join(self.folder, "extra.h")
        with open(header, "w", encoding="utf-8") as file:
            file.write(code)
        wrapper = os.path.join(self.folder, "wrapped++")
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {GOOD_COMPILER} -include {header} "$@"\n')
        os.chmod(wrapper, stat.S_IRWXU)
        return wrapper

    def assert_refused(self, run):
        self.assertNotEqual(0, run.returncode)
        words = " ".join(run.stderr.split())  # CMake wraps its messages
        self.assertIn("miscompiles coroutines", words)
        self.assertIn("destroys a temporary twice", words)
        self.assertIn("apt-get install clang-19", words)

    def test_a_compiler_that_gets_the_coroutine_right_is_accepted(self):
        run = self.configure(GOOD_COMPILER)
        self.assertEqual(0, run.returncode, run.stderr)

    def test_the_verdict_is_cached(self):
        self.configure(GOOD_COMPILER)
        with open(os.path.join(self.folder, "build", "CMakeCache.txt"), encoding="utf-8") as cache:
            self.assertRegex(cache.read(), r"(?m)^EXOCAST_COMPILER_EXIT:[A-Z]+=0$")

    def test_a_compiler_whose_program_crashes_is_refused_whatever_its_version(self):
        self.assert_refused(self.configure(self.compiler_that_adds(
            "__attribute__((constructor)) static void crash() { __builtin_trap(); }")))

    def test_a_compiler_whose_program_counts_wrong_is_refused(self):
        self.assert_refused(self.configure(self.compiler_that_adds(
            '#include <unistd.h>\n__attribute__((constructor)) static void wrong() { _exit(2); }')))

    def test_gcc_is_judged_by_what_it_does(self):
        if shutil.which("g++") is None:
            self.skipTest("no g++ here")
        probe = os.path.join(self.folder, "probe")
        source = os.path.join(CMAKE_FOLDER, "coroutine_probe.cpp")
        subprocess.run(["g++", "-std=c++20", source, "-o", probe], check=True)
        right = subprocess.run([probe], check=False).returncode == 0
        run = self.configure("g++")
        if right:
            self.assertEqual(0, run.returncode, run.stderr)
        else:
            self.assert_refused(run)


if __name__ == "__main__":
    unittest.main()
