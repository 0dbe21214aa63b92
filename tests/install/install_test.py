"""Installs the built tree into a folder of its own and builds small programs against it, as somebody else would."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import os
import re
import subprocess
import tempfile
import unittest

BUILD = os.environ["EXOCAST_BUILD_DIR"]
CXX = os.environ["EXOCAST_CXX"]
SOURCE = os.environ["EXOCAST_SOURCE_DIR"]
CONSUMER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "consumer")
# Every package that the engine needs: CMake is told that they do not exist.
NO_PACKAGES = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in
               ("Boost", "Protobuf", "gRPC", "fmt", "nlohmann_json", "Threads", "OpenSSL", "PkgConfig")]


def run(*command, **options):
    """The command's standard output; a failure shows all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def listed_headers():
    with open(os.path.join(SOURCE, "cmake", "public_headers.cmake"), encoding="utf-8") as file:
        return re.findall(r"^  (\S+\.h)$", file.read(), re.M)


def errors_of(header, include):
    """What the compiler says of a source that includes only this header, twice."""
    line = f'#include "exocast/{header}"\n'
    command = [CXX, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}", "-xc++", "-"]
    return subprocess.run(command, input=2 * line, capture_output=True, text=True, check=False).stderr


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def installed(self, *parts):
        """The path of something installed, whatever the name of the library folder is."""
        found = [os.path.join(folder, *parts) for folder in
                 (self.prefix, os.path.join(self.prefix, "lib"), os.path.join(self.prefix, "lib", "x86_64-linux-gnu"))]
        return next(path for path in found if os.path.exists(path))

    def by_find_package(self, component, *options):
        build = os.path.join(self.folder, f"build-{component}")
        run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCOMPONENT={component}", *options)
        run("cmake", "--build", build)
        return run(os.path.join(build, "consumer"))

    def by_pkg_config(self, package, component):
        environment = dict(os.environ, PKG_CONFIG_PATH=self.installed("pkgconfig"))
        flags = run("pkg-config", "--cflags", "--libs", package, env=environment).split()
        program = os.path.join(self.folder, package)
        run(CXX, "-std=c++23", os.path.join(CONSUMER, f"{component}.cpp"), *flags, "-o", program)
        return run(program)

    def test_gather_by_find_package_looks_for_no_other_package(self):
        self.assertEqual("2 4 6 ", self.by_find_package("gather", *NO_PACKAGES))

    def test_gather_by_pkg_config_needs_no_other_package(self):
        environment = dict(os.environ, PKG_CONFIG_LIBDIR=self.installed("pkgconfig"))  # instead of the system's
        self.assertIn("exocast-gather", run("pkg-config", "--print-provides", "exocast-gather", env=environment))
        self.assertEqual("", run("pkg-config", "--print-requires", "exocast-gather", env=environment))
        self.assertEqual("2 4 6 ", self.by_pkg_config("exocast-gather", "gather"))

    def test_the_whole_library_by_find_package(self):
        self.assertEqual("1 0", self.by_find_package("exocast"))

    def test_the_whole_library_by_pkg_config(self):
        self.assertEqual("1 0", self.by_pkg_config("exocast", "exocast"))

    def test_an_unknown_component_is_refused_by_name(self):
        with self.assertRaisesRegex(AssertionError, "has no component 'cellar'"):
            self.by_find_package("cellar")

    def test_every_header_compiles_alone(self):
        include = os.path.join(self.prefix, "include")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            compiled = pool.map(lambda header: (header, errors_of(header, include)), listed_headers())
        failed = [f"{header}:\n{errors}" for header, errors in compiled if errors]
        if failed:
            self.fail("\n".join(failed))

    def test_nothing_but_what_is_listed_is_installed(self):
        installed = {os.path.relpath(os.path.join(folder, name), self.prefix)
                     for folder, _, names in os.walk(self.prefix) for name in names}
        expected = {f"include/exocast/{header}" for header in listed_headers()} | {"bin/exocast"}
        self.assertEqual(set(), expected - installed)
        allowed = re.compile(r"lib/([^/]+/)?(libexocast\.a|cmake/exocast/[^/]+|pkgconfig/exocast(-gather)?\.pc)|"
                             r"share/doc/exocast/LICENSE")
        self.assertEqual([], [path for path in sorted(installed - expected) if not allowed.fullmatch(path)])

    def test_the_program_is_installed(self):
        self.assertIn("exocast", run(self.installed("bin", "exocast"), "--help"))


if __name__ == "__main__":
    unittest.main()
