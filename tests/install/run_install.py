#!/usr/bin/env python3
"""Installs a build into a temporary folder, builds sim/sc/example against it by CMake and a C program by pkg-config,
and runs both.

usage: run_install.py BUILD [--flags FLAGS]     FLAGS: compiler and linker flags that BUILD was made with (sanitizers)
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PLAIN = """
#include "compiler/compiler.h"
#include "sim/sim.h"
#include <stdio.h>
int main(void)
{
    const SimEngine *engine;
    for (uint32_t i = 0; (engine = sim_engine(i)) != NULL; i++)
        puts(engine->name);
    return objective_name(OBJECTIVE_LATENCY) == NULL;
}
"""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"install: {' '.join(map(str, command))}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def cached(build, name):
    """A variable of the build's CMake cache."""
    for line in (build / "CMakeCache.txt").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.split("=", 1)[1]
    sys.exit(f"install: no {name} in {build}/CMakeCache.txt")


def latency_us(output, which):
    for line in output.splitlines():
        if line.startswith(which):
            return float(line[len(which):].split()[0])
    sys.exit(f"install: no line '{which}' in\n{output}")


def check_example(build, prefix, folder, flags):
    run("cmake", "-S", SOURCE / "sim/sc/example", "-B", folder / "example", f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_C_COMPILER={cached(build, 'CMAKE_C_COMPILER')}",
        f"-DCMAKE_CXX_COMPILER={cached(build, 'CMAKE_CXX_COMPILER')}", f"-DCMAKE_CXX_FLAGS={flags}",
        "-DCMAKE_BUILD_TYPE=Debug")
    run("cmake", "--build", folder / "example")
    run(prefix / "bin/egret", "gen", "egru", "--layers", "32,64,32", "--density", "0.5", "-o", folder / "net")
    slow = run(folder / "example/own_array", folder / "net", "spinnaker2", 2, 2)
    fast = run(folder / "example/own_array", folder / "net", "spinnaker2", 64, 192)
    built_in = latency_us(slow, "built in")
    if not latency_us(fast, "own") < built_in < latency_us(slow, "own"):
        sys.exit(f"install: expected the large array to be faster and the small one slower than the built-in\n{fast}{slow}")
    worse = run(folder / "example/own_link", folder / "net", "tiny-board", 2)
    whole = run(folder / "example/own_link", folder / "net", "tiny-board", 1000000000)
    if not latency_us(whole, "own") == latency_us(whole, "built in") < latency_us(worse, "own"):
        sys.exit(f"install: expected links that break frames to be slower than the built-in\n{whole}{worse}")


def check_pkg_config(build, prefix, folder, flags):
    (module,) = prefix.rglob("egret.pc")
    environment = dict(os.environ, PKG_CONFIG_PATH=str(module.parent))
    words = run("pkg-config", "--cflags", "--libs", "egret", env=environment).split()
    (folder / "plain.c").write_text(PLAIN)
    run(cached(build, "CMAKE_C_COMPILER"), "-std=c17", "-Wall", "-Werror", *flags.split(), folder / "plain.c", *words,
        "-o", folder / "plain")
    engines = run(folder / "plain").split()
    if "event" not in engines:
        sys.exit(f"install: engines of the installed library: {engines}; expected event among them")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--flags", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prefix = folder / "prefix"
        run("cmake", "--install", args.build, "--prefix", prefix)
        for path in ("man/man1/egret.1", "man/man1/egret-run.1", "bash-completion/completions/egret",
                     "zsh/site-functions/_egret", "egret/chips/spinnaker2.yaml", "doc/egret/docs/validation.md"):
            if not (prefix / "share" / path).is_file():
                sys.exit(f"install: no share/{path} below the prefix")
        check_example(args.build, prefix, folder, args.flags)
        check_pkg_config(args.build, prefix, folder, args.flags)
    print("install: the example and a C program build against it and run")


main()
