# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables for people."""

import textwrap

WIDTH = 110
LEAST_SHOWN = 0.5   # nanoseconds
KINDS = {
    "out": "established flows, inside to outside",
    "in": "established flows, outside to inside (replies)",
    "new": "new flows, one packet each",
}
RATE_HEADER = (f"  {'':34} {'Mpps':>7}  {'min - max':>15}  {'net ns':>7}  {'of nft':>6}"
               f"  {'of ceil.':>8}  {'lost':>6}")


def number(value, form):
    return format(value, form) if value is not None else "-".rjust(len(format(0, form)))


def spread(low, high, form="6.3f"):
    return f"{low:{form}} - {high:{form}}"


def rate_line(title, cell):
    lost = f"{cell['lost']:.1%}" if cell["lost"] >= 0.0005 else "0"
    return (f"  {title:34} {cell['pps'] / 1e6:7.3f}  {spread(cell['pps_min'] / 1e6, cell['pps_max'] / 1e6)}"
            f"  {number(cell.get('net_ns'), '7.0f')}  {number(cell.get('of_nft'), '6.2f')}"
            f"  {number(cell.get('of_ceiling'), '8.0%')}  {lost:>6}"
            f"{'  INVALID: untranslated packets arrived' if cell['wrong_address'] else ''}")


def rate_table(rows, cells):
    """`cells` maps (row, kind, flows) to figures."""
    order = list(KINDS)
    groups = sorted({key[1:] for key in cells}, key=lambda group: (order.index(group[0]), group[1]))
    lines = []
    for kind, flows in groups:
        lines += ["", f"{KINDS[kind]}, {flows:,} flows", RATE_HEADER]
        present = [row for row in rows if (row.name, kind, flows) in cells]
        lines += [rate_line(row.title, cells[row.name, kind, flows]) for row in present]
    return "\n".join(lines)


def cost_table(costs):
    """Programs that several rows share are taken apart once."""
    lines = ["", "BPF programs in the gateway, 1,000 flows: time per run by the kernel's clock, which costs",
             "time itself; their functions as: name BPF instructions/bytes of machine code"]
    shown = set()
    for row, programs in costs.items():
        for program in programs:
            lines.append(f"  {row:18} {program['program']:16} on {', '.join(program['devices']):12} "
                         f"{number(program['ns'], '5.0f')} ns  {program['runs']:>12,} runs")
            if program["program"] not in shown:
                lines += functions_of(program)
            shown.add(program["program"])
    return "\n".join(lines)


def stages_table(rows, found):
    """`found` maps (row, flows) to {place: nanoseconds}; flows 0: of first packets."""
    titles = {row.name: row.title for row in rows}
    lines = []
    for (row, flows), places in sorted(found.items()):
        of = f"{flows:,} flows: ns of each packet" if flows else "new flows: ns of each"
        lines += ["", f"{titles[row]}, {of}, {sum(places.values()):.0f} in all"]
        shown = [(ns, place) for place, ns in places.items() if ns >= LEAST_SHOWN]
        lines += [f"  {ns:6.1f}  {place}" for ns, place in sorted(shown, reverse=True)]
        lines.append(f"  {sum(places.values()) - sum(ns for ns, _ in shown):6.1f}  others")
    return "\n".join(lines)


def functions_of(program):
    parts = [f"{part['name']} {part['instructions']}/{part['bytes']}" for part in program["functions"]]
    return textwrap.wrap(", ".join(parts), WIDTH, initial_indent=" " * 21, subsequent_indent=" " * 21)


def tcp_table(rows, cells):
    """`cells` maps (row, streams) to figures."""
    lines = ["", "bulk TCP, segmentation offloads on (iperf3; sender and receiver need the cores, too)",
             f"  {'':34} {'Gbit/s':>7}  {'min - max':>15}  {'of nft':>6}"]
    for streams in sorted({streams for _, streams in cells}):
        for row in rows:
            if (row.name, streams) in cells:
                lines.append(tcp_line(f"{row.title}, {streams} stream{'s' * (streams > 1)}",
                                      cells[row.name, streams]))
    return "\n".join(lines)


def tcp_line(title, cell):
    return (f"  {title:34} {cell['gbits']:7.2f}  {spread(cell['min'], cell['max'], '6.2f')}"
            f"  {number(cell.get('of_nft'), '6.2f')}")


def cells_of(rows, figures, head, cell):
    """All figures of a row in one line behind its title."""
    lines = ["", *head]
    for row in rows:
        own = [figure for figure in figures if figure["row"] == row.name]
        if own:
            lines.append(f"  {row.title:34} " + "  ".join(cell(figure) for figure in own))
    return "\n".join(lines)


def ports_table(rows, figures):
    """`figures` as ports.take() makes them."""
    head = ["a new flow whose port is taken, by the share of the range that was in use before: ns per flow,",
            "harness included; the share that got a port, where it is not all"]
    return cells_of(rows, figures, head, port_cell)


def port_cell(figure):
    missed = "" if figure["found"] == 1 else f" ({figure['found']:.1%} found one)"
    return f"{figure['use']:.0%}: {figure['ns']:,.0f}{missed}"


def lines_of(rows, figures, head, line):
    """A line for each figure behind the title of its row."""
    titles = {row.name: row.title for row in rows}
    return "\n".join(["", *head, *(f"  {titles[figure['row']]:34} {line(figure)}" for figure in figures)])


def flood_table(rows, figures):
    """`figures` as flood.take() makes them."""
    head = ["after a flood of 900,000 new flows from the inside into a table for 131,072",
            f"  {'':34} {'flood Mpps':>10}  {'replies pass':>12}  {'established pass':>16}  {'new flows pass':>14}"]
    return lines_of(rows, figures, head, lambda figure: (
        f"{figure['flood_pps'] / 1e6:10.3f}  {figure['replies']:12.1%}  {figure['established']:16.1%}  "
        f"{figure['new']:14.1%}"))


def memory_table(rows, figures):
    """`figures` as memory.take() makes them."""
    head = ["memory of the machine that a gateway with room for 1,000,000 flows takes, MiB",
            f"  {'':34} {'no flow':>8}  {'1,000,000 flows':>15}  {'bytes per flow':>14}"]
    return lines_of(rows, figures, head, lambda figure: (
        f"{figure['empty'] / 2**20:8.0f}  {figure['full'] / 2**20:15.0f}  {figure['per_flow']:14.0f}"))


def requests_table(rows, figures):
    """`figures` as requests.take() makes them."""
    titles = {"new": "HTTP, a connection for each request", "kept": "HTTP over connections that stay"}
    header = (f"  {'':34} {'per second':>10}  {'min - max':>15}  {'of nft':>6}  {'p50 us':>7}  {'p99 us':>7}  {'errors':>6}")
    return "\n".join(lines_of(rows, [one for one in figures if one["way"] == way], [f"{title}; 32 at once", header],
                              requests_line) for way, title in titles.items())


def requests_line(figure):
    return (f"{figure['per_second']:10,.0f}  {spread(figure['min'], figure['max'], '6,.0f')}  "
            f"{number(figure['of_nft'], '6.2f')}  {figure['p50_us']:7,.0f}  {figure['p99_us']:7,.0f}  {figure['errors']:6}")


def services_table(rows, figures):
    """`figures` as services.take() makes them."""
    head = ["a port that leads to four servers in turns; 32 HTTP clients at once, a connection for each request, and one bulk flow",
            f"  {'':34} {'new/s':>7}  {'min - max':>15}  {'of nft':>6}  {'p50 us':>7}  {'p99 us':>7}  {'errors':>6}"
            f"  {'Gbit/s':>7}  {'min - max':>13}  {'of nft':>6}"]
    return lines_of(rows, figures, head, services_line)


def services_line(figure):
    return (f"{figure['new']:7,.0f}  {spread(figure['new_min'], figure['new_max'], '6,.0f')}  {number(figure['new_of_nft'], '6.2f')}"
            f"  {figure['p50_us']:7,.0f}  {figure['p99_us']:7,.0f}  {figure['errors']:6}"
            f"  {figure['gbits']:7.2f}  {spread(figure['gbits_min'], figure['gbits_max'], '5.2f')}  {number(figure['gbits_of_nft'], '6.2f')}")


def policies_table(rows, figures):
    """`figures` as policies.take() makes them."""
    head = ["a new flow among so many policies, the last of which lets it pass: ns per flow, harness included,",
            "and of these the BPF programs by the kernel's clock; the share that passed, where it is not all"]
    return cells_of(rows, figures, head, policies_cell)


def policies_cell(figure):
    programs = f", BPF {figure['programs_ns']:,.0f}" if figure["programs_ns"] is not None else ""
    missed = "" if figure["passed"] == 1 else f" ({figure['passed']:.1%} passed)"
    return f"{figure['policies']:,}: {figure['ns']:,.0f}{programs}{missed}"
