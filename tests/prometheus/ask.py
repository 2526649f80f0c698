#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the test of run.sh asks Prometheus; PROMETHEUS is its URL. Status 0: it is so; 3: it is not,
and what.

  ports N                        free ports of 127.0.0.1
  serve PORT FILE                FILE as OpenMetrics, at any path
  strict FILE                    FILE is OpenMetrics to the letter
  wait SECONDS EXPR [VALUE]      until EXPR is VALUE, or without one has no result
  p99 KVMLAT DATA EXPR           EXPR, a histogram_quantile by reason, is kvmlat's p99 within a
                                 bucket
  p99-between KVMLAT REC EXPR    the same, of what `stat` says of a recording
  increase KVMLAT FILE...        Prometheus' increases are those of these snapshots; - is a gap
  same EXPR EXPR                 both give the same series and values, and there are some
  type METRIC TYPE               what node_exporter says a metric is
  rules N                        Prometheus evaluates N rules without an error
  dashboard JSON                 all expressions work and have results
  reasons DATA                   the reasons' names arrived as they are
  torn URL N FILE...             N answers of node_exporter, and more until all of FILE were seen,
                                 each hold one, whole
"""
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

EDGES = [2 ** p / 1e9 for p in range(8, 31)]
NODE = '{job="node"}'


def fail(text):
    print(text[:600], file=sys.stderr)
    sys.exit(3)


def get(url):
    with urllib.request.urlopen(url, timeout=120) as answer:
        return answer.read().decode()


def api(path, **arguments):
    url = f"{os.environ['PROMETHEUS']}/api/v1/{path}?" + urllib.parse.urlencode(arguments)
    try:
        answer = json.loads(get(url))
    except urllib.error.HTTPError as e:
        if e.code == 503:    # it is starting
            raise
        fail(f"{arguments}: {e.read().decode()}")
    if answer["status"] != "success":
        fail(f"{arguments}: {answer}")
    return answer["data"]


def query(expr):
    return api("query", query=expr)["result"]


def by(result, *labels):
    return {tuple(r["metric"].get(l, "") for l in labels): float(r["value"][1]) for r in result}


def tool(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


def table(text):
    """p99 in ns by reason, of a view printed with --ns: the column's place is the heading's."""
    found, column = {}, None
    for line in text.splitlines():
        reason = re.match(r"(.*?\S) +(\d+ +(?:-|[\d.]+%) .*)", line)
        if line.startswith("VM-EXIT"):
            column = re.sub(r"(?<=Min|Max|Avg) [Tt]ime| \(ns\)", "", line).split().index("p99") - 1
        elif reason:
            found[reason.group(1)] = int(reason.group(2).split()[column])
    return found


def bucket(seconds, inclusive):
    """Number of the `le` bucket that holds it. Prometheus' buckets hold their upper edge, the
    module's the lower one."""
    return sum(seconds > e if inclusive else seconds >= e for e in EDGES)


def agree(ours, expr, most):
    theirs = {k[0]: v for k, v in by(query(expr), "reason").items()}
    if set(ours) != set(theirs) or not ours:
        fail(f"reasons: kvmlat has {sorted(ours)}, Prometheus {sorted(theirs)}")
    for reason, ns in ours.items():
        # What is over the last edge Prometheus gives as that edge.
        mine, its = min(bucket(ns / 1e9, False), len(EDGES) - 1), bucket(theirs[reason], True)
        if abs(mine - its) > most:
            fail(
                f"{reason}: kvmlat says {ns} ns, bucket {mine}, Prometheus {theirs[reason]} s, "
                f"bucket {its}"
            )
    print(f"{len(ours)} reasons")


def p99(kvmlat, data, expr):
    agree(table(tool(kvmlat, "summary", "--all", "--ns", data)), expr, 0)


def p99_between(kvmlat, recording, expr):
    # A rate is extrapolated bucket by bucket: one beside is allowed here.
    agree(table(tool(kvmlat, "stat", "--total", "--ns", recording)), expr, 1)


def counts(kvmlat, data):
    rows = json.loads(tool(kvmlat, "export", "--format", "json", data))["totals"]
    return {(hex(r["code"]), r["cause"]): r["count"] for r in rows}


def increase(kvmlat, *files):
    last, want, resets = {}, {}, {}
    for data in files:
        for key, n in counts(kvmlat, data).items() if data != "-" else ():
            if key in last:
                want[key] = want.get(key, 0) + (n - last[key] if n >= last[key] else n)
                resets[key] = resets.get(key, 0) + (n < last[key])
            last[key] = n
    window, labels = "1h", ("code", "cause")
    series = f"kvmlat_exits_total{NODE}[{window}]"
    if not any(resets.values()):
        fail("no counter was reset: nothing to see")
    got = by(query(f"resets({series})"), *labels)
    if got != resets:
        fail(f"resets: {got}, wanted {resets}")
    got = by(query(f"increase({series})"), *labels)
    if set(got) != set(want):
        fail(f"increase of {sorted(got)}, wanted {sorted(want)}")
    for one in query(series):
        key = tuple(one["metric"][l] for l in labels)
        times = [t for t, _ in one["values"]]
        values = [float(v) for _, v in one["values"]]
        raw = sum(b - a if b >= a else b for a, b in zip(values, values[1:]))
        if raw != want[key]:
            fail(f"{key}: samples rise by {raw}, the snapshots by {want[key]}")
        # It adds up to 1.1 of the distance of samples at either end, and takes nothing away.
        span = times[-1] - times[0]
        most = 1 + 2.2 / (len(times) - 1)
        if not raw - 0.001 <= got[key] <= raw * most + 0.001:
            fail(
                f"{key}: increase {got[key]}, the snapshots rise by {raw}, {len(times)} samples "
                f"in {span} s"
            )
    for metric in ("exit_duration_seconds_bucket", "exit_duration_seconds_sum",
                   "exit_time_seconds_total", "events_total"):
        result = query(f"rate(kvmlat_{metric}{NODE}[{window}])")
        if not result or any(float(r["value"][1]) < 0 for r in result):
            fail(f"rate of {metric}: {len(result)} results, or one under 0")


def same(one, other):
    ignore = {"job", "instance"}
    a, b = ({
        tuple(sorted((k, v) for k, v in r["metric"].items() if k not in ignore)): r["value"][1]
        for r in query(e)
    } for e in (one, other))
    if not a or a != b:
        fail(
            f"{len(a)} and {len(b)} series, not the same: "
            f"{sorted(set(a.items()) ^ set(b.items()))[:3]}"
        )
    print(len(a), "series")


def kind(metric, wanted):
    said = {e["type"] for e in api("targets/metadata", match_target=NODE, metric=metric)}
    if said != {wanted}:
        fail(f"{metric} is {said}, wanted {wanted}")


def rules(number):
    found = [r for g in api("rules")["groups"] for r in g["rules"]]
    bad = [
        f"{r['name']}: {r['health']} {r.get('lastError', '')}" for r in found if r["health"] != "ok"
    ]
    if bad or len(found) != int(number):
        fail(f"{len(found)} rules; {bad}")


def dashboard(path):
    with open(path, encoding="utf-8") as f:
        whole = json.load(f)
    expressions = [t["expr"] for p in whole["panels"] for t in p["targets"]]
    expressions += [a["expr"] for a in whole["annotations"]["list"]]
    expressions += [re.fullmatch(r"label_values\((.*), *\w+\)", v["query"]).group(1)
                    for v in whole["templating"]["list"] if v["type"] == "query"]
    exported = {r["metric"]["__name__"] for r in query('{__name__=~"kvmlat_.+",job="node"}')}
    for expr in expressions:
        missing = set(re.findall(r"\bkvmlat_\w+", expr)) - exported
        if missing:
            fail(f"not exported: {missing}")
        filled = expr.replace("$__rate_interval", "1h").replace("$instance", ".*")
        if not query(filled):
            fail(f"no result: {filled}")
    ids = [p["id"] for p in whole["panels"]]
    if len(set(ids)) != len(ids) or not expressions:
        fail(f"panels {ids}")
    print(len(expressions), "expressions")


def reasons(data):
    with open(data, encoding="utf-8") as f:
        names = {line.rstrip("\n").split(" ", 3)[3] for line in f if line.startswith("reason ")}
    arrived = {k[0] for k in by(query(f"sum by (reason) (kvmlat_exits_total{NODE})"), "reason")}
    if names != arrived:
        fail(f"{names} became {arrived}")


def wait(seconds, expr, value=None):
    end = time.monotonic() + float(seconds)
    while True:
        try:
            got = [float(r["value"][1]) for r in query(expr)]
        except OSError:
            got = "no answer"
        if got == ([] if value is None else [float(value)]):
            return
        if time.monotonic() > end:
            fail(f"{expr} is {got}, wanted {value}")
        time.sleep(0.1)


def samples(text):
    """Samples in any order of lines and labels, without those of node_exporter itself."""
    return frozenset(
        (re.split(r"[ {]", l)[0], frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', l)),
         float(l.rsplit(" ", 1)[1])) for l in text.splitlines() if l.startswith("kvmlat_"))


def torn(url, number, *files):
    whole = [samples(open(f, encoding="utf-8").read()) for f in files]
    seen = set()
    for n in range(100 * int(number)):
        if n >= int(number) and len(seen) == len(files):
            break
        text = get(url)
        if samples(text) not in whole or "\nnode_textfile_scrape_error 0\n" not in text:
            fail(f"answer {n} holds {len(samples(text))} samples; scrape error: "
                 + re.search(r"\nnode_textfile_scrape_error (.*)", text).group(1))
        seen.add(whole.index(samples(text)))
    if len(seen) != len(files):
        fail("it was not replaced meanwhile")


def ports(number):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(number))]
    print(*(s.getsockname()[1] for s in held))


def serve(port, path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open(path, "rb") as f:
                text = f.read()
            self.send_response(200)
            self.send_header("Content-Type",
                             "application/openmetrics-text; version=1.0.0; charset=utf-8")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass
    http.server.HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


def strict(path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    with open(path, encoding="utf-8") as f:
        print(sum(len(family.samples) for family in text_string_to_metric_families(f.read())),
              "samples")


COMMANDS = {
    "ports": ports,
    "serve": serve,
    "strict": strict,
    "wait": wait,
    "p99": p99,
    "p99-between": p99_between,
    "increase": increase,
    "same": same,
    "type": kind,
    "rules": rules,
    "dashboard": dashboard,
    "reasons": reasons,
    "torn": torn
}
COMMANDS[sys.argv[1]](*sys.argv[2:])
