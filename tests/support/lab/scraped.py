# SPDX-License-Identifier: GPL-2.0-or-later
"""What a gateway tells a collector, read by a parser of Prometheus' own."""

from collections import Counter

from prometheus_client.parser import text_string_to_metric_families


def series(name, *labels):
    return name, *sorted(labels)


def scraped(gateway):
    """By the series: the value."""
    answer = gateway.run("curl", "-sS", "-D", "-", "--unix-socket", gateway.socket_path, "http://sluice/metrics").stdout
    head, text = answer.split("\n\n", 1)
    assert "200 OK" in head and "text/plain; version=0.0.4" in head
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    told = Counter((sample.name, *sorted(sample.labels.items())) for sample in samples)
    twice = [one for one, times in told.items() if times > 1]
    assert not twice, f"a collector takes each series once: {twice}"
    return {series(sample.name, *sample.labels.values()): sample.value for sample in samples}


def phases(gateway, name, *labels):
    """Flows by their state, of a family that has them so."""
    seen = scraped(gateway)
    return {state: int(seen[series(name, *labels, state)]) for state in ("half-open", "established", "closing")}
