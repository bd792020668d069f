# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables for people."""

import textwrap

WIDTH = 110

KINDS = {
    "out": "established flows, inside to outside",
    "in": "established flows, outside to inside (replies)",
    "new": "new flows, one packet each",
}


def number(value, form):
    return format(value, form) if value is not None else "-".rjust(len(format(0, form)))


def rate_line(title, cell):
    lost = f"{cell['lost']:.1%}" if cell["lost"] >= 0.0005 else "0"
    return (f"  {title:34} {cell['pps'] / 1e6:7.3f}  {cell['pps_min'] / 1e6:6.3f} - {cell['pps_max'] / 1e6:6.3f}"
            f"  {number(cell.get('net_ns'), '7.0f')}  {number(cell.get('of_nft'), '6.2f')}"
            f"  {number(cell.get('of_ceiling'), '8.0%')}  {lost:>6}"
            f"{'  INVALID: untranslated packets arrived' if cell['wrong_address'] else ''}")


def rate_table(rows, cells):
    lines = []
    for kind, flows in sorted({(kind, flows) for _, kind, flows in cells}, key=lambda k: (list(KINDS).index(k[0]), k[1])):
        lines += ["", f"{KINDS[kind]}, {flows:,} flows",
                  f"  {'':34} {'Mpps':>7}  {'min - max':>15}  {'net ns':>7}  {'of nft':>6}  {'of ceil.':>8}  {'lost':>6}"]
        lines += [rate_line(row.title, cells[row.name, kind, flows]) for row in rows if (row.name, kind, flows) in cells]
    return "\n".join(lines)


def cost_table(costs):
    lines = ["", "BPF programs in the gateway, 1,000 flows: time per run by the kernel's clock (which costs time, too);",
             "their functions as name BPF instructions/bytes of machine code"]
    shown = set()
    for row, programs in costs.items():
        for program in programs:
            lines.append(f"  {row:12} {program['program']:16} on {', '.join(program['devices']):12} "
                         f"{number(program['ns'], '5.0f')} ns  {program['runs']:>12,} runs")
            if program["program"] not in shown:
                lines += functions_of(program)
            shown.add(program["program"])
    return "\n".join(lines)


def functions_of(program):
    parts = [f"{part['name']} {part['instructions']}/{part['bytes']}" for part in program["functions"]]
    return textwrap.wrap(", ".join(parts), WIDTH, initial_indent=" " * 15, subsequent_indent=" " * 15)


def tcp_table(rows, cells):
    lines = ["", "bulk TCP, segmentation offloads on (iperf3; sender and receiver need the cores, too)",
             f"  {'':34} {'Gbit/s':>7}  {'min - max':>15}  {'of nft':>6}"]
    for streams in sorted({streams for _, streams in cells}):
        for row in rows:
            cell = cells.get((row.name, streams))
            if cell:
                lines.append(f"  {row.title + f', {streams} stream' + 's' * (streams > 1):34} {cell['gbits']:7.2f}  "
                             f"{cell['min']:6.2f} - {cell['max']:6.2f}  {number(cell.get('of_nft'), '6.2f')}")
    return "\n".join(lines)
