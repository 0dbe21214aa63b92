"""Installs the built tree into a folder of its own and builds small programs against it, as somebody else would."""
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import tempfile
import unittest

BUILD = os.environ["EXOCAST_BUILD_DIR"]
CXX = os.environ["EXOCAST_CXX"]
CONSUMER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "consumer")
# Every package a floor above gather needs: CMake is told that they do not exist.
NO_PACKAGES = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in
               ("Boost", "Protobuf", "gRPC", "fmt", "nlohmann_json", "Threads", "OpenSSL", "PkgConfig")]


def run(*command, **options):
    """The command's standard output; a failure shows all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


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

    def by_find_package(self, floor, *options):
        build = os.path.join(self.folder, f"build-{floor}")
        run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={CXX}",
            f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DFLOOR={floor}", f"-DCONSUMER={floor}.cpp", *options)
        run("cmake", "--build", build)
        return run(os.path.join(build, "consumer"))

    def by_pkg_config(self, package, floor):
        environment = dict(os.environ, PKG_CONFIG_PATH=self.installed("pkgconfig"))
        flags = run("pkg-config", "--cflags", "--libs", package, env=environment).split()
        program = os.path.join(self.folder, package)
        run(CXX, "-std=c++23", os.path.join(CONSUMER, f"{floor}.cpp"), *flags, "-o", program)
        return run(program)

    def test_gather_by_find_package_looks_for_no_other_package(self):
        self.assertEqual("2 4 6 ", self.by_find_package("gather", *NO_PACKAGES))

    def test_gather_by_pkg_config_needs_no_other_package(self):
        environment = dict(os.environ, PKG_CONFIG_LIBDIR=self.installed("pkgconfig"))  # instead of the system's
        self.assertIn("exocast-gather", run("pkg-config", "--print-provides", "exocast-gather", env=environment))
        self.assertEqual("", run("pkg-config", "--print-requires", "exocast-gather", env=environment))
        self.assertEqual("2 4 6 ", self.by_pkg_config("exocast-gather", "gather"))

    def test_the_whole_library_by_find_package(self):
        self.assertEqual("1 0", self.by_find_package("node"))

    def test_the_whole_library_by_pkg_config(self):
        self.assertEqual("1 0", self.by_pkg_config("exocast", "node"))

    def test_an_unknown_component_is_refused_by_name(self):
        with self.assertRaisesRegex(AssertionError, "has no component 'cellar'"):
            self.by_find_package("cellar")

    def test_the_program_is_installed(self):
        self.assertIn("exocast", run(self.installed("bin", "exocast"), "--help"))


if __name__ == "__main__":
    unittest.main()
