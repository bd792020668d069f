#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sbom.py BUILD VERSION FILE: what is in the programs of a build, as a bill of materials (SPDX 2.3, JSON).

Debian packages whose headers were compiled in (as the compiler said), and those whose libraries are linked (as the dynamic linker
says), each with its version. The same build gives the same bytes: the time is that of the changelog.
"""

import email.utils
import hashlib
import json
import re
import subprocess
import sys
from datetime import timezone
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent / "debian" / "changelog"
PROGRAMS = ["bin/sluice", "bin/sluiced"]


def output_of(*command, cwd=None):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout


def headers_of(build):
    """What the objects of the programs were compiled from, but for the project's own files. Tests have libraries of their own."""
    found, is_ours = set(), False
    for line in output_of("ninja", "-t", "deps", cwd=build).splitlines():
        if line and not line.startswith(" "):
            is_ours = not line.startswith(("tests/", "bench/"))
        elif is_ours and line.strip().startswith("/usr/"):
            found.add(line.strip())
    return found


def libraries_of(build):
    paths = set()
    for program in PROGRAMS:
        paths.update(re.findall(r"=> (/\S+)", output_of("ldd", build / program)))
    return paths | {str(Path(path).resolve()) for path in paths}


def owners_of(paths):
    """{package} that the files are of. On a merged /usr a package may list either name."""
    wanted = {path.removeprefix("/usr") for path in paths}
    return {listed.name.removesuffix(".list").partition(":")[0]
            for listed in Path("/var/lib/dpkg/info").glob("*.list")
            if wanted & {line.removeprefix("/usr") for line in listed.read_text().splitlines()}}


def versions_of(packages):
    lines = output_of("dpkg-query", "-W", "-f", "${Package} ${Version} ${Architecture}\n", *packages).splitlines()
    return sorted({tuple(line.split()) for line in lines})


def row(name, version, kind, url=None):
    package = {"SPDXID": f"SPDXRef-{kind}-{re.sub(r'[^A-Za-z0-9.-]', '-', name)}", "name": name, "versionInfo": version,
               "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
               "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION"}
    if url:
        package["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}]
    return package


def main():
    build, version, target = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    own = row("sluice", version, "Package") | {"licenseDeclared": "GPL-2.0-or-later"}
    used = [row(name, release, "Debian", f"pkg:deb/debian/{name}@{release}?arch={architecture}")
            for name, release, architecture in versions_of(owners_of(headers_of(build) | libraries_of(build)))]
    when = email.utils.parsedate_to_datetime(re.search(r"^ -- .*>  (.*)$", CHANGELOG.read_text(), re.M)[1])
    names = json.dumps([[one["name"], one["versionInfo"]] for one in used])
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"sluice-{version}",
        "documentNamespace": f"urn:sluice:spdx:{version}:{hashlib.sha256(names.encode()).hexdigest()}",
        "creationInfo": {"created": when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Organization: the authors of sluice"]},
        "packages": [own, *used],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": own["SPDXID"]}]
        + [{"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": one["SPDXID"]} for one in used],
    }
    target.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
