"""The figures as a table, as JSON and as a picture."""

import html
import json
import statistics

PARTS = ("front", "app", "db")
COLOURS = {"front": "#8da0cb", "app": "#fc8d62", "db": "#a6d854"}


def median(rounds, name):
    values = [found[name] for found in rounds if name in found]
    return statistics.median(values) if values else None


def summary(results, reference, limit):
    """A row for each scenario, number of connections and target: medians, and their ratios to the
    REFERENCE target of the same scenario, round by round, and to the LIMIT."""
    rows = []
    for (scenario, connections, target), rounds in results.items():
        row = {"scenario": scenario, "connections": connections, "target": target,
               "rounds": len(rounds), "wrong": sum(found.get("wrong", 0) for found in rounds)}
        for name in ("rate", "p50", "p99", "max", "cpu", *(f"cpu_{part}" for part in PARTS)):
            row[name] = median(rounds, name)
        base = results.get((scenario, connections, reference))
        ratios = [found["rate"] / other["rate"] for found, other in zip(rounds, base or ())
                  if other["rate"]]
        row["times_reference"] = statistics.median(ratios) if ratios else None
        top = median(results.get(("any", connections, limit), ()), "rate")
        row["of_limit"] = row["rate"] / top if top else None
        rows.append(row)
    return rows


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(rows):
    head = (f"{'target':<28}{'req/s':>9}{'x':>7}{'limit':>7}{'p50 ms':>9}{'p99 ms':>9}"
            f"{'front':>9}{'app':>10}{'db':>9}{'cpu us':>10}{'wrong':>7}")
    lines, last = [], None
    for row in sorted(rows, key=lambda row: (row["order"], row["connections"])):
        kind = (row["scenario"], row["connections"])
        if kind != last:
            lines += ["", f"{kind[0]}, {kind[1]} connections, median of {row['rounds']} rounds", head]
            last = kind
        limit = row["of_limit"]
        lines.append(
            f"{row['target']:<28}{number(row['rate']):>9}{number(row.get('times_reference'), 2):>7}"
            f"{'-' if limit is None else f'{limit:.0%}':>7}{number(row['p50'], 2):>9}"
            f"{number(row['p99'], 2):>9}"
            + "".join(f"{number(row[f'cpu_{part}'], 1):>{width}}" for part, width in
                      zip(PARTS, (9, 10, 9)))
            + f"{number(row['cpu'], 1):>10}{row['wrong']:>7}")
    return "\n".join(lines)


def notes(found):
    """What is not a row: memory, system calls, start-up, starvation."""
    lines = ["", "memory of the program, MiB (PSS): "
             + ", ".join(f"{name} {value:.1f}" for name, value in found["memory"].items())]
    if "start_up_ms" in found:
        lines.append("start to first answer, ms: " + ", ".join(
            f"{name} {value:.0f}" for name, value in found["start_up_ms"].items())
            + f"; size of the program: {found['program_bytes'] / 1024:,.0f} KiB, with symbols")
    for name, values in found.get("calls", {}).items():
        for part, calls in values.items():
            each = ", ".join(f"{call} {value:.1f}" for call, value in calls.items() if call != "all")
            lines.append(f"system calls per {name}, {part}: {calls['all']:.1f} ({each})")
    for name, value in found.get("starvation", {}).items():
        lines.append(f"starvation, {name}: p50 {value['p50']:.1f} ms, p99 {value['p99']:.1f} ms, "
                     f"{value['rate']:.0f} req/s, {value['wrong']} wrong")
    return "\n".join(lines)


# --- a picture ------------------------------------------------------------------------------------


def picture(rows, connections):
    """SVG: CPU time per request as a bar of its parts, with the rate beside it."""
    chosen = [row for row in sorted(rows, key=lambda row: row["order"])
              if row["connections"] == connections and row["cpu"] and row["scenario"] not in
              ("list200", "list2000", "list10000", "sign-in")]
    line, left, width = 16, 250, 560
    top = max((row["cpu"] for row in chosen), default=1)
    out, at, last = [], 40, None
    for row in chosen:
        if row["scenario"] != last:
            last = row["scenario"]
            at += 2 * line
            out.append(f'<text x="8" y="{at - 6}" class="kind">{html.escape(last)}</text>')
        out.append(f'<text x="{left - 8}" y="{at + 12}" text-anchor="end">{html.escape(row["target"])}</text>')
        x = left
        for part in PARTS:
            size = (row[f"cpu_{part}"] or 0) / top * width
            out.append(f'<rect x="{x:.1f}" y="{at + 2}" width="{size:.1f}" height="{line - 4}" '
                       f'fill="{COLOURS[part]}"/>')
            x += size
        out.append(f'<text x="{x + 6:.1f}" y="{at + 12}">{row["cpu"]:,.0f} us, '
                   f'{number(row["rate"])} req/s</text>')
        at += line
    legend = "".join(f'<rect x="{left + i * 130}" y="24" width="10" height="10" fill="{COLOURS[part]}"/>'
                     f'<text x="{left + 14 + i * 130}" y="33">{word}</text>' for i, (part, word) in
                     enumerate(zip(PARTS, ("web server", "program", "database"))))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 200}" height="{at + line}" '
            'font-family="sans-serif" font-size="11"><style>.kind{font-weight:bold}</style>'
            '<rect width="100%" height="100%" fill="white"/>'
            f'<text x="8" y="16" class="kind">CPU time of the server per request, {connections} connections'
            f'</text>{legend}{"".join(out)}</svg>\n')


def write(folder, found, results, rows, connections):
    rounds = [{"scenario": scenario, "connections": number_of, "target": target, "rounds": all_rounds}
              for (scenario, number_of, target), all_rounds in results.items()]
    (folder / "results.json").write_text(
        json.dumps({**found, "medians": rows, "results": rounds}, indent=1) + "\n")
    text = table(rows) + "\n" + notes(found) + "\n"
    (folder / "results.txt").write_text(text)
    (folder / "plot.svg").write_text(picture(rows, connections))
    return text
