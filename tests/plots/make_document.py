#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Invents result documents for the tests of figures and tables.

They keep to the shape of results/schema/result.json and follow simple laws
(a GIL does not scale, sleeping overlaps, ...), but nothing in them was ever
measured: they must not be taken for results.

usage: make_document.py [--flavour full|sparse|hostile] > FILE
"""
import argparse
import bisect
import json
import math
import random

PUS = 2
MODELS = (("gil_threads", "cpython3"), ("coop_tasks", None),
          ("free_threads", None))
# Order statistics whose interval covers the median with 95 % (sign test).
INTERVAL_RANK = {6: 1, 7: 1, 8: 1, 9: 2, 10: 2, 12: 3, 15: 4, 20: 6}
HOSTILE = ('"; system("touch /tmp/gilbench-hostile"); "`touch '
           '/tmp/gilbench-hostile`$(touch /tmp/gilbench-hostile)'
           "@GPVAL %s%n {/Bold x}^2_1 \\n\t<script>'&amp;\u202e\u00fc")


class Maker:
    def __init__(self, flavour):
        self.flavour = flavour
        self.random = random.Random(7)
        self.cells = []
        self.reps = 3 if flavour == "sparse" else 6

    def noisy(self, value, spread=0.02):
        return value * math.exp(self.random.gauss(0, spread))

    def histogram(self, latency_s, spread, count):
        """Of log-normal latencies, in buckets of 1/64."""
        buckets = {}
        for _ in range(count):
            value = self.noisy(latency_s, spread) * 1e9
            shift = max(0, int(value).bit_length() - 7)
            lowest = (int(value) >> shift) << shift
            buckets[lowest] = buckets.get(lowest, 0) + 1
        return sorted(buckets.items())

    def latency(self, buckets):
        count = sum(n for _, n in buckets)
        sums, total = [], 0
        for _, n in buckets:
            total += n
            sums.append(total)

        def at(p):
            if count < 10 / (1 - p):
                return None
            return buckets[bisect.bisect_left(sums, p * count)][0]
        return {"count": count, "p50": at(0.5), "p90": at(0.9),
                "p99": at(0.99), "p999": at(0.999), "max": buckets[-1][0],
                "histogram": [list(bucket) for bucket in buckets]}

    def shares(self, model, tasks):
        """What each task gets: under a GIL unequal, of a loop that never
        comes back one has all."""
        if model == "coop_tasks":
            return [float(tasks)] + [0.0] * (tasks - 1)
        spread = 0.2 if model == "gil_threads" else 0.001
        return [1 + spread * (2 * i / max(1, tasks - 1) - 1)
                for i in range(tasks)]

    def task_steps(self, shares, each):
        steps = sorted(int(share * each) for share in shares)
        if len(steps) <= 64:
            return steps
        return {name: steps[int(at * (len(steps) - 1))]
                for name, at in (("min", 0), ("q1", 0.25), ("median", 0.5),
                                 ("q3", 0.75), ("max", 1))}

    def lock(self, model, tasks):
        """All but one of those who compute wait."""
        if model != "gil_threads":
            return None
        return {"acquisitions": 30, "contended": 20, "switches": 20,
                "forced": 20, "wait_s": self.noisy(0.15 * (tasks - 1) + 1e-4),
                "hold_mean_ns": 5e6}

    def repetition(self, order, model, tasks, background_tasks, rate,
                   background, latency):
        steps_per_s = self.noisy(rate) if rate else 0.0
        slices = [{"duration_s": 0.05, "steps": int(steps_per_s * 0.05),
                   "steps_per_s": steps_per_s,
                   "background_steps_per_s": background, "cpu_s": 0.05,
                   "steal_s": None, "pressure_s": 0.0, "throttled_s": None}
                  for _ in range(3)]
        buckets = latency and self.histogram(*latency)
        shares = self.shares(model, tasks)
        return {
            "order": order, "status": "ok", "reason": None, "slices": slices,
            "steps_per_s": steps_per_s, "background_steps_per_s": background,
            "cpu_s": 0.15, "warmup_s": 0.05, "wall_s": 0.15, "overhead_s": 0.004,
            "task_steps": self.task_steps(shares, steps_per_s * 0.15 / tasks),
            "fairness_jain": sum(shares) ** 2 / (
                tasks * sum(share ** 2 for share in shares)),
            "switches": {"voluntary": 12, "involuntary": 3},
            "threads": None, "loop": None,
            "lock": self.lock(model, tasks + background_tasks),
            "latency_ns": self.latency(buckets) if buckets else None,
            "service_ns": None, "rss_bytes": 4000000,
            "rss_bytes_per_task": self.noisy(
                4e3 if model == "coop_tasks" else 14e3) * (1 + 2 / tasks)}

    def metric(self, values, unit, better, median=None):
        values = sorted(v for v in values if v is not None)
        if not values:
            return None
        rank = INTERVAL_RANK.get(len(values))
        middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        return {"median": middle if median is None else median,
                "low": values[rank - 1] if rank else None,
                "high": values[-rank] if rank else None,
                "n": len(values), "unit": unit, "better": better}

    def summary(self, repetitions, switches):
        def of(key):
            return [r[key] for r in repetitions]
        summary = {
            "steps_per_s": self.metric(of("steps_per_s"), "1/s", "higher"),
            "background_steps_per_s": self.metric(
                of("background_steps_per_s"), "1/s", "higher"),
            "cpu_ns_per_step": self.metric([12.5] * len(repetitions), "ns",
                                           "lower"),
            "fairness_jain": self.metric(of("fairness_jain"), "1", "higher"),
            "rss_bytes_per_task": self.metric(of("rss_bytes_per_task"),
                                              "bytes", "lower"),
        }
        if switches:
            summary["switches_per_s"] = self.metric(
                [r["steps_per_s"] * switches for r in repetitions], "1/s",
                "higher")
        latencies = [r["latency_ns"] for r in repetitions if r["latency_ns"]]
        if latencies:
            merged = {}
            for latency in latencies:
                for lowest, n in latency["histogram"]:
                    merged[lowest] = merged.get(lowest, 0) + n
            whole = self.latency(sorted(merged.items()))
            for p in ("p50", "p90", "p99", "p999"):
                own = [latency[p] for latency in latencies]
                metric = self.metric([whole[p] if v is None else v
                                      for v in own], "ns", "lower", whole[p])
                if metric and None in own:
                    metric.update(low=None, high=None)
                if metric:
                    summary[f"latency_{p}_ns"] = metric
        return {name: value for name, value in summary.items() if value}

    def add(self, workload, workload_class, model, tasks, rate, params,
            background_tasks=0, background=None, latency=None, status="ok",
            reason=None, placement="per_core", switches=None):
        name, lock = model
        params = dict(params, timer_slack_ns=50000)
        if lock:
            params["switch_interval_us"] = params.get("switch_interval_us",
                                                      5000)
        repetitions = []
        if status == "ok":
            repetitions = [self.repetition(len(self.cells) * self.reps + i,
                                           name, tasks, background_tasks,
                                           rate, background, latency)
                           for i in range(self.reps)]
        unit = f"{name}:{lock}" if lock else name
        extra = "".join(f"/{key}={value}" for key, value in sorted(
            params.items()) if key != "timer_slack_ns")
        self.cells.append({
            "id": f"{workload}/{unit}/tasks={tasks}/placement={placement}"
                  f"{extra}",
            "workload": workload, "workload_version": 1,
            "class": workload_class, "step": "one step", "model": name,
            "lock": lock, "tasks": tasks,
            "background_tasks": background_tasks, "placement": placement,
            "params": params, "reps": self.reps, "slices": 3, "slice_ms": 50,
            "status": status, "reason": reason,
            "bindings": [{"pu": 0, "tasks": "0"}], "generator_pu": None,
            "repetitions": repetitions,
            "summary": self.summary(repetitions, switches)})

    def cpu(self):
        for workload, rate in (("cpu_loop", 2.1e8), ("cpu_compress", 5200)):
            for release in ("yes", "no") if rate < 1e6 else (None,):
                for model in MODELS:
                    for tasks in (1, 2, 4, 8):
                        scales = (model[0] == "free_threads" or
                                  (release == "yes" and model[1]))
                        factor = min(tasks, PUS) * 0.985 if scales else 0.99
                        self.add(workload, "cpu", model, tasks,
                                 rate * (factor if tasks > 1 else 1),
                                 {"release": release} if release else {})

    def echo(self):
        for model in MODELS:
            top = {"gil_threads": 19e3, "coop_tasks": 52e3,
                   "free_threads": 38e3}[model[0]]
            for tasks in (1, 4, 16, 64, 256):
                rate = top * tasks / (tasks + 1.5)
                count = max(3, int(rate * 0.02))
                self.add("io_tcp_echo", "io", model, tasks, rate,
                         {"message_bytes": 64, "rate_per_s": 0},
                         latency=(tasks / rate, 0.3, count))
        for model in MODELS:
            for tasks in (1, 16, 256):
                self.add("io_sleep", "io", model, tasks, 940 * tasks,
                         {"sleep_us": 1000}, latency=(60e-6, 0.3, 600))

    def micro(self):
        for model in MODELS:
            for tasks in (2, 8, 64, 512, 2000):
                ns = {"gil_threads": 5200 * tasks ** 0.12,
                      "coop_tasks": 14 * (1 + tasks / 4000),
                      "free_threads": 4300 * tasks ** 0.05}[model[0]]
                lost = model[0] == "free_threads" and tasks == 2000
                self.add("micro_handoff", "micro", model, tasks, 1e9 / ns, {},
                         status="failed" if lost else "ok",
                         reason="cannot start thread 1710: Resource "
                         "temporarily unavailable" if lost else None)
                ns = {"gil_threads": 6100, "coop_tasks": 1.9 + tasks / 1e3,
                      "free_threads": 420}[model[0]]
                self.add("micro_switch", "micro", model, tasks, 1e9 / ns, {},
                         switches=0.1 if model[0] == "free_threads" else 1)

    def convoy(self):
        for model in MODELS:
            for cpu_tasks in (0, 1, 2, 4):
                for yield_steps in ((0, 1000) if model[0] == "coop_tasks"
                                    else (0,)):
                    starved = (model[0] == "coop_tasks" and cpu_tasks and
                               not yield_steps)
                    latency = {"gil_threads": 30e-6 + 5.2e-3 * cpu_tasks,
                               "coop_tasks": 20e-6 + 60e-6 * cpu_tasks,
                               "free_threads": 24e-6 * (1 + 8 * (
                                   cpu_tasks >= PUS))}[model[0]]
                    self.add("mixed_convoy", "mixed", model, 1,
                             0 if starved else 1 / latency,
                             {"cpu_tasks": cpu_tasks,
                              "yield_steps": yield_steps},
                             cpu_tasks, 1e8 if cpu_tasks else None,
                             None if starved else
                             (latency, 0.15, max(12, int(0.05 / latency))))

    def locks(self):
        """The convoy under other locks, among them that of a real CPython."""
        shares = {"libpython": 0.98, "fifo": 0.97, "loan": 0.96,
                  "cpython2": 0.6}
        for lock, share in shares.items():
            model = ("gil_threads", lock)
            self.add("cpu_loop", "cpu", model, 1, 1e8, {})
            for interval in (500, 5000):
                for cpu_tasks in (1, 2, 4):
                    latency = interval * 1e-6 * (0.02 if lock == "loan" else
                                                 2.2 * cpu_tasks)
                    self.add("mixed_convoy", "mixed", model, 1, 1 / latency,
                             {"cpu_tasks": cpu_tasks, "yield_steps": 0,
                              "switch_interval_us": interval},
                             cpu_tasks, 1e8 * share, (
                                 latency, 0.5 if cpu_tasks > 1 else 0.02,
                                 300 if lock in ("loan", "fifo") else 40))
        for lock, factor in (("cpython3", 1.04), ("libpython", 1)):
            for hold_us in (20, 1000):
                self.add("mixed_chatty", "mixed", ("gil_threads", lock), 1,
                         factor * 3e3 / hold_us,
                         {"hold_us": hold_us, "gap_ns": 500},
                         1, 1e6 / hold_us)

    def sharing(self):
        """Strategies over shared objects; what is written does not scale."""
        gains = {"none": 1.98, "read": 1.5, "write": 0.6}
        for workload in ("shared_counter", "shared_refcount", "shared_map",
                         "shared_vector"):
            for strategy, cost in (("plain", 1), ("atomic", 2.2),
                                   ("biased", 1.2), ("object_lock", 5),
                                   ("pthread_mutex", 8), ("ck_fas", 3)):
                plain = strategy == "plain"
                model = MODELS[0] if plain else MODELS[2]
                for tasks in (1, 2):
                    for sharing, gain in gains.items():
                        more = 1 if plain or tasks == 1 else gain
                        self.add(workload, "cpu", model, tasks,
                                 1e9 / cost * more,
                                 {"strategy": strategy, "sharing": sharing,
                                  "write_pct": 20, "yield_steps": 0})

    def stops(self):
        """Stops of the world: longer with more tasks than PUs."""
        for model in MODELS:
            for tasks in (1, 2, 4, 16):
                self.add("cpu_loop", "cpu", model, tasks, 1e8,
                         {"yield_steps": 0, "stop_world_ms": 1})
                summary = self.cells[-1]["summary"]
                for name in ("stop_world_p50_ns", "stop_world_max_ns"):
                    value = 9e3 if tasks <= PUS else 4e6
                    summary[name] = {"median": value, "low": value,
                                     "high": 2 * value, "n": 6, "unit": "ns",
                                     "better": "lower"}

    def executor(self):
        """An echo beside jobs: free without a lock, late with one."""
        for lock, latency in (("none", 2e-4), ("cpython3", 6e-3)):
            for cpu_tasks in (0, 2):
                late = latency if cpu_tasks else 1e-4
                self.add("mixed_executor", "mixed", ("coop_tasks", None), 1,
                         1 / late, {"cpu_tasks": cpu_tasks, "loop_lock": lock},
                         background_tasks=cpu_tasks, latency=(late, 0.3, 2000))

    def peers(self):
        """What coop_tasks has for goals, beside programs of others."""
        own, peer = ("coop_tasks", None), ("peer", None)
        work = (("micro_switch", 1, 4e8, "own_switch", ("floor",
                                                        "boost_context")),
                ("micro_spawn", 1, 2e8, None, ("floor", "boost_context")),
                ("io_tcp_echo", 100, 2e5, None, ("epoll", "libuv")))
        for workload, tasks, rate, program, others in work:
            params = {"depth": 0} if workload == "micro_switch" else {}
            latency = None if params else (5e-4, 0.2, 2000)
            if not program:
                self.add(workload, "micro", own, tasks, rate, params,
                         latency=latency)
            for name in others + ((program,) if program else ()):
                self.add(workload, "micro", peer, tasks, rate * 0.9,
                         dict(params, program=name), latency=latency)
        for tasks in (100000, 1000000):
            rate = 1e13 / tasks
            for name in ("floor", "boost_context"):
                self.add("micro_switch", "micro", peer, tasks, rate * 0.9,
                         {"depth": 0, "program": name})

    def blocking(self):
        for tasks in (1, 4, 16, 64):
            for model in MODELS:
                vias = (("inline", "executor") if model[0] == "coop_tasks"
                        else ("inline",))
                for via in vias:
                    rate = 940 * tasks
                    if model[0] == "coop_tasks":
                        rate = 940 * (1 if via == "inline"
                                      else min(tasks, 32) * 0.97)
                    self.add("io_blocking_call", "io", model, tasks, rate,
                             {"block_us": 1000, "via": via})

    def mixed(self):
        for tasks in (1, 4, 16, 64):
            for cpu_us in (10, 100, 500, 900):
                wait_us = 1000 - cpu_us
                for model in MODELS:
                    limit = 1e6 / cpu_us
                    ideal = tasks * 1e3
                    if model[0] == "free_threads":
                        limit *= PUS * 0.97
                    if model[0] == "gil_threads":
                        limit *= 0.93
                    self.add("mixed_request", "mixed", model, tasks,
                             min(ideal, limit),
                             {"cpu_us": cpu_us, "wait_us": wait_us})

    def document(self):
        if self.flavour != "sparse":
            self.cpu()
        self.echo()
        self.micro()
        self.convoy()
        if self.flavour != "sparse":
            self.locks()
            self.peers()
            self.executor()
        self.blocking()
        self.mixed()
        if self.flavour == "sparse":
            self.lose_cells()
        else:
            self.sharing()
            self.stops()
        hostile = self.flavour == "hostile"
        return {
            "schema_version": 1,
            "gilbench": {"version": HOSTILE if hostile else "0.1.0",
                         "commit": HOSTILE if hostile else "0123abc",
                         "dirty": False, "compiler": "none", "flags": "",
                         "build_type": "none", "sanitizer": None},
            "context": self.context(hostile),
            "plan": {"name": "invented", "seed": 7, "cells": len(self.cells),
                     "digest": "0" * 16},
            "cells": self.cells, "warnings": []}

    def lose_cells(self):
        """Every third cell is lost in one way or another."""
        ways = (("failed", "the count is wrong"), ("timeout", "no answer"),
                ("skipped", "cannot run here"))
        for i, cell in enumerate(self.cells[::3]):
            status, reason = ways[i % len(ways)]
            cell.update(status=status, reason=reason, repetitions=[],
                        summary={})

    def context(self, hostile):
        context = {key: None for key in (
            "host", "kernel", "cpu_model", "microcode", "libc", "hypervisor",
            "governor", "frequency_driver", "turbo", "isolated_pus",
            "nohz_full", "aslr", "clock_source", "clock_resolution_ns",
            "clock_read_ns", "timer_slack_ns", "load_average",
            "pressure_cpu_avg10", "uptime_s", "memory_bytes")}
        context.update(
            date="2000-01-01T00:00:00+00:00",
            cpu_model=HOSTILE if hostile else
            "Invented CPU @ 2.00GHz: these numbers were not measured",
            host=HOSTILE if hostile else "nowhere",
            kernel=HOSTILE if hostile else "0.0.0",
            topology={"packages": 1, "numa_nodes": 1, "cores": 2, "pus": PUS,
                      "pus_machine": PUS, "smt": False, "hybrid": False,
                      "digest": "0" * 16, "allowed_pus": "0-1",
                      "quota_cpus": None})
        return context


def make_hostile(document):
    """Names that no schema lets pass; a reader must not trust that."""
    for cell in document["cells"][::2]:
        cell["reason"] = HOSTILE
        cell["lock"] = HOSTILE
        cell["placement"] = HOSTILE
        cell["params"]["mode " + HOSTILE] = HOSTILE
    document["cells"][0]["model"] = HOSTILE
    document["cells"][1]["params"]["mode " + HOSTILE] = HOSTILE


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flavour", default="full",
                        choices=("full", "sparse", "hostile", "names"),
                        help="sparse: cells missing, no intervals; hostile: "
                        "free texts are attacks; names: names as well, which "
                        "breaks the schema")
    flavour = parser.parse_args().flavour
    document = Maker("hostile" if flavour == "names" else flavour).document()
    if flavour == "names":
        make_hostile(document)
    print(json.dumps(document))


if __name__ == "__main__":
    main()
