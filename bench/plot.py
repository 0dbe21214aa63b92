#!/usr/bin/python3
"""Draws what `make bench` measured into docs/plots/: gather.svg, fanout.svg, bursts.svg, stream.svg, isolation.svg, and
isolation_saturated.svg from what `exocast-bench isolation --saturate --save build/bench/isolation_saturated.json` did.

    bench/plot.py [FOLDER]     FOLDER holds gather.json, fanout.json, … (default build/bench)

Nothing but what is in the files is drawn; a file that is not there is named and left out.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import math
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "exocast"  # the same figures give the same file
import matplotlib.pyplot as plt  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS, OTHERS, LIMIT = "#1f6feb", "#8b949e", "#2da44e"
BURSTS = (1, 8, 64)


def load(folder, bench):
    try:
        conditions, *rows = json.loads((folder / f"{bench}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        print(f"plot.py: there is no {bench}.json in {folder}; run make bench", file=sys.stderr)
        return None
    return conditions, {(row["name"], row["n"]): row for row in rows}


def save(figure, name, conditions):
    figure.text(0.995, 0.005, f"{conditions['cores']} cores, {conditions['compiler']}, load {conditions['load']:.1f}",
                ha="right", va="bottom", fontsize=7, color=OTHERS)
    out = ROOT / "docs" / "plots" / name
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, metadata={"Date": None})
    plt.close(figure)
    print(f"plot.py: {out.relative_to(ROOT)}")


def plain(axes):
    axes.spines[["top", "right"]].set_visible(False)


def gather(conditions, rows):
    """One bar for each way to run many tasks: how many times the bare queue's time a task takes."""
    figure, all_axes = plt.subplots(1, 2, figsize=(11, 5.2), sharey=True, layout="constrained")
    usual = "gather, limit 64 + deadline"
    for axes, n in zip(all_axes, (1000, 100000)):
        ours = rows[usual, n]
        bars = [("bare queue, a heap frame a task", ours["reference_value"], LIMIT),
                ("exocast gather", ours["value"], OURS)]
        peers = [row for (name, size), row in rows.items()
                 if size == n and name.startswith("peer: ") and "cancel" not in name and "aborted" not in name]
        bars += sorted(((row["name"].removeprefix("peer: "), row["value"], OTHERS) for row in peers),
                       key=lambda bar: bar[1])
        names, values, colours = zip(*bars)
        axes.barh(range(len(bars)), values, color=colours)
        axes.set_yticks(range(len(bars)), names)
        axes.set_xscale("log")
        axes.set_xlabel("ns of CPU a task")
        axes.set_title(f"{n:,} tasks", fontsize=10)
        for place, value in enumerate(values):
            axes.annotate(f"{value:,.0f}", (value, place), xytext=(3, 0), textcoords="offset points",
                          va="center", fontsize=8)
        axes.margins(x=0.12)
        plain(axes)
    all_axes[0].invert_yaxis()
    save(figure, "gather.svg", conditions)


def fanout(conditions, rows):
    """Time for each receiver over the number of receivers."""
    kinds = [("one by one over gRPC", OTHERS, "o"), ("hand-written gRPC loop", "#bf8700", "s"),
             ("broadcast over gRPC", "#54aeff", "o"), ("broadcast over native", OURS, "o"),
             ("peer: ZeroMQ ROUTER/DEALER", "#d4a72c", "x"), ("peer: NATS publish + N replies", "#cf222e", "x"),
             ("peer: gRPC C++ streams", "#8250df", "x"), ("raw epoll", LIMIT, "^")]
    figure, all_axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
    for axes, suffix, title in zip(all_axes, ("", ", sender CPU"), ("wall time", "CPU of the sender")):
        for name, colour, marker in kinds:
            points = sorted((n, row["value"]) for (row_name, n), row in rows.items() if row_name == name + suffix)
            if points:  # a peer may not be built
                axes.plot(*zip(*points), label=name.removeprefix("peer: "), color=colour, marker=marker)
        axes.set_xscale("log")
        axes.set_yscale("log")
        sizes = sorted({n for (name, n) in rows if name == "raw epoll"})
        axes.set_xticks(sizes, sizes)
        axes.minorticks_off()
        axes.set_xlabel("receivers")
        axes.set_title(title, fontsize=10)
        plain(axes)
    all_axes[0].set_ylabel("microseconds a receiver")
    all_axes[0].legend(frameon=False, fontsize=8)
    save(figure, "fanout.svg", conditions)


def bursts(conditions, rows):
    """Many broadcasts wanted at once: together, and one after another."""
    figure, all_axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for axes, what, label in zip(all_axes, ("throughput", "p99"), ("deliveries a second", "99th percentile, ms")):
        for slow, style in ((", slow receivers", "-"), ("", ":")):
            found = {burst: row for (name, _), row in rows.items() for burst in BURSTS
                     if name == f"{burst} broadcast{'s' if burst > 1 else ''} at once{slow}, {what}"}
            receivers = "each takes 20 ms" if slow else "prompt"
            axes.plot(found.keys(), [row["value"] for row in found.values()], style, color=OURS, marker="o",
                      label=f"at once, receivers {receivers}")
            axes.plot(found.keys(), [row["reference_value"] for row in found.values()], style, color=OTHERS, marker="o",
                      label=f"one after another, receivers {receivers}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(BURSTS, BURSTS)
        axes.minorticks_off()
        axes.set_xlabel("broadcasts wanted at once, to 64 receivers each")
        axes.set_title(label, fontsize=10)
        plain(axes)
    all_axes[0].legend(frameon=False, fontsize=8)
    save(figure, "bursts.svg", conditions)


def stream(conditions, rows):
    """One bar for each system: tokens a second into all receivers, and what a paced token costs the sender."""
    def bars(axes, suffix, label):
        def colour(name):
            return OTHERS if name.startswith("peer: ") else LIMIT if name.startswith("raw ") else OURS
        found = sorted(((name.removesuffix(suffix).removeprefix("peer: "), row["value"], colour(name))
                        for (name, _), row in rows.items() if name.endswith(suffix)), key=lambda bar: bar[1])
        for place, (_, value, fill) in enumerate(found):
            axes.barh(place, value, color=fill)
            axes.annotate(f"{value:,.0f}", (value, place), xytext=(3, 0), textcoords="offset points", va="center",
                          fontsize=8)
        axes.set_yticks(range(len(found)), [name for name, _, _ in found])
        axes.set_xscale("log")
        axes.set_xlabel(label)
        axes.margins(x=0.12)
        if found:
            axes.set_xlim(left=10 ** math.floor(math.log10(max(found[0][1], 1))))
        plain(axes)
    figure, (fast, paced) = plt.subplots(1, 2, figsize=(11, 3.2), layout="constrained")
    bars(fast, ", unpaced", "tokens a second, each into all 8 receivers")
    bars(paced, ", 200 tokens/s, sender CPU", "us of the sender's CPU a token to all 8")
    save(figure, "stream.svg", conditions)


def isolation(conditions, rows):
    """How long messages take to the healthy receivers, over how many of the 8 are at fault: a line for each system."""
    faults = ("slow", "stopped", "black-holed")
    systems = [("native", OURS, "o"), ("link/exo", "#54aeff", "o"), ("peer: ZeroMQ", "#bf8700", "s"),
               ("peer: NATS", "#cf222e", "^")]
    figure, all_axes = plt.subplots(1, len(faults), figsize=(12, 3.8), sharey=True, layout="constrained")
    for axes, fault in zip(all_axes, faults):
        for system, colour, marker in systems:
            for what, style in (("p50", ":"), ("p99", "-"), ("p99.9", "--")):
                points = [(0, row["value"]) for (name, _), row in rows.items()
                          if name == f"{system}, all healthy, {what}"]
                points += [(count, row["value"]) for count in (1, 2, 4) for (name, _), row in rows.items()
                           if name == f"{system}, {count} {fault}, {what}"]
                if points:
                    label = f"{system.removeprefix('peer: ')}, {what}" if axes is all_axes[-1] else None
                    axes.plot(*zip(*points), style, color=colour, marker=marker, markersize=4, label=label)
        axes.set_yscale("log")
        axes.set_xticks((0, 1, 2, 4))
        axes.set_xlabel(f"{fault}, of 8 receivers")
        plain(axes)
    all_axes[0].set_ylabel("publishing to answer, healthy receivers, us")
    all_axes[-1].legend(bbox_to_anchor=(1.02, 1), loc="upper left", frameon=False, fontsize=8)
    save(figure, "isolation.svg", conditions)


def isolation_saturated(conditions, rows):
    """How many messages reach each healthy receiver without a pause, over how many of the 8 are at fault."""
    faults = ("slow", "stopped", "black-holed")
    systems = [("native", OURS, "o"), ("link/exo", "#54aeff", "o"), ("peer: ZeroMQ", "#bf8700", "s"),
               ("peer: NATS", "#cf222e", "^"), ("peer: redis", "#8250df", "v"), ("peer: mosquitto", OTHERS, "x")]
    figure, all_axes = plt.subplots(1, len(faults), figsize=(12, 3.8), sharey=True, layout="constrained")
    for axes, fault in zip(all_axes, faults):
        for system, colour, marker in systems:
            found = [(count, rows.get((f"{system}, unpaced, {fault_of}, throughput", 8)))
                     for count, fault_of in ((0, "all healthy"), *((n, f"{n} {fault}") for n in (1, 2, 4)))]
            points = [(count, row["value"]) for count, row in found if row]
            if points:  # a peer may not be built
                axes.plot(*zip(*points), color=colour, marker=marker, markersize=4, label=system.removeprefix("peer: "))
        axes.set_yscale("log")
        axes.set_xticks((0, 1, 2, 4))
        axes.set_xlabel(f"{fault}, of 8 receivers")
        plain(axes)
    all_axes[0].set_ylabel("messages a second to each healthy receiver")
    all_axes[-1].legend(bbox_to_anchor=(1.02, 1), loc="upper left", frameon=False, fontsize=8)
    save(figure, "isolation_saturated.svg", conditions)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "bench"
    if loaded := load(folder, "gather"):
        gather(*loaded)
    if loaded := load(folder, "fanout"):
        fanout(*loaded)
        bursts(*loaded)
    if loaded := load(folder, "stream"):
        stream(*loaded)
    if loaded := load(folder, "isolation"):
        isolation(*loaded)
    if (folder / "isolation_saturated.json").exists():
        isolation_saturated(*load(folder, "isolation_saturated"))


if __name__ == "__main__":
    main()
