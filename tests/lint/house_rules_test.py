# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule catches its smallest bad sample, and leaves the good one alone."""
import pytest

from house.includes import LAW
from house_rules import RULES, complaints_of

CPP = "// SPDX-License-Identifier: GPL-2.0-or-later\n"
BPF = "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n#pragma once\n"

# Beside each sample, for rules about more than one file.
NEIGHBOUR = CPP + "#pragma once\nstruct Neighbour {};\nint near(int house);\n"

# The table of docs/architecture.md as the law has it.
PAGE = "".join(f"| `loader/{folder}/` | what it holds | {', '.join(f'`{layer}`' for layer in sorted(layers))} |\n"
               for folder, layers in LAW.items())

# rule, file, bad, good
SAMPLES = [
    ("layers", "loader/model/a.cpp", '#include "config/config.hpp"\n', '#include "base/result.hpp"\n'),
    ("layers", "cli/cmd_a.cpp", '#include "doctor/doctor.hpp"\n', '#include "config/config.hpp"\n'),
    ("layers", "loader/plan/a.cpp", '#include "kernel/observe.hpp"\n', '#include "maps/rules.h"\n'),
    ("libraries", "loader/daemon/a.cpp", "#include <libmnl/libmnl.h>\n", "#include <spdlog/spdlog.h>\n"),
    ("libraries", "loader/plan/a.cpp", "#include <bpf/bpf.h>\n", "#include <vector>\n"),
    ("bpf_includes", "bpf/nat/a.h", '#include "loader/model/document.hpp"\n', '#include "maps/flow.h"\n'),
    ("bpf_includes", "bpf/nat/a.h", "#include <stdio.h>\n", "#include <linux/ip.h>\n"),
    ("bpf_includes", "maps/a.h", "#include <linux/bpf.h>\n", '#include <linux/types.h>\n#include "layout.h"\n'),
    ("rooms", "bpf/nat/a.h", '#include "bpf/flow/end.h"\n', '#include "bpf/state/table.h"\n#include "bpf/base/maps.h"\n'),
    ("rooms", "bpf/base/a.h", '#include "bpf/proto/ipv4.h"\n', '#include "maps/flow.h"\n'),
    ("headers_alone", "bpf/nat/a.h", BPF + "typedef __u32 number;\n", BPF + "#include <linux/types.h>\ntypedef __u32 number;\n"),
    ("headers_alone", "maps/a.h", BPF + "struct a {\n\t__u32 b;\n};\n", BPF + "#include <linux/types.h>\nstruct a {\n\t__u32 b;\n};\n"),
    ("headers_alone", "bpf/nat/a.h", BPF + '#include "bpf/base/ctx_tc.h"\n', BPF + "struct __sk_buff;\n"),
    ("links", "loader/store/CMakeLists.txt", "sluice_layer(store DEPENDS model kernel LIBRARIES x)\n",
     "sluice_layer(store DEPENDS model LIBRARIES x)\n"),
    ("links", "loader/base/CMakeLists.txt", "sluice_layer(base DEPENDS model)\n", "sluice_layer(base DEPENDS maps LIBRARIES fmt)\n"),
    ("architecture_page", "docs/architecture.md", PAGE.replace("| `engine` |", "| `engine`, `store` |"), PAGE),
    ("architecture_page", "docs/architecture.md", PAGE.replace("| `loader/frr/` |", "| `loader/mrr/` |"), PAGE),
    ("included_names", "loader/model/a.cpp", "int f() { return near(1); }\n",
     '#include "base/neighbour.hpp"\nint f() { return near(1); }\n'),
    ("included_names", "loader/model/a.hpp", "#pragma once\nNeighbour f();\n",
     '#pragma once\n#include "base/neighbour.hpp"\nNeighbour f();\n'),
    ("keys", "config/sluice.schema.json", '{"properties": {"a": {"properties": {"b": {}}}}}\n', '{"properties": {}}\n'),
    ("verbs", "cli/cmd_a.cpp", "Outcome run_a(Call& call) {\n", "int f();\n"),
    ("packet_end", "bpf/nat/a.h", "void *end = (void *)(long)ctx->data_end;\n", "p = hdr_at(ctx, 0, struct iphdr);\n"),
    ("one_exit", "bpf/nat/a.h", "\treturn XDP_DROP;\n", "\treturn drop(p, SL_DROP_TTL);\n"),
    ("one_exit", "bpf/a.bpf.c", "static int f(void)\n{\n\treturn TC_ACT_SHOT;\n}\n",
     'SEC("tc")\nint f(void)\n{\n\treturn TC_ACT_SHOT;\n}\n'),
    ("hook_choices", "bpf/nat/a.h", "#ifdef SLUICE_TC\n#endif\n", "#ifndef IPPROTO_UDPLITE\n#endif\n"),
    ("hook_choices", "bpf/nat/a.h", "#if CTX_IS_TC\n#endif\n", "\tif (CTX_IS_TC)\n"),
    ("programs", "bpf/state/a.h", 'SEC("tc")\n', '} flows4 SEC(".maps");\n'),
    ("sleeps", "tests/unit/a_test.cpp", "std::this_thread::sleep_for(1s);\n", "wait_until(ready);\n"),
    ("sleeps", "tests/unit/a_test.cpp", "usleep(1000);\n", "asleep(1000);\n"),
    ("sleeps", "tests/net/test_a.py", "time.sleep(0.3)\n", "time.sleep(4)   # without a flow\ntime.sleep(0.05)\n"),
    ("casts", "loader/base/a.cpp", "auto n = (uint32_t)size;\n", "auto n = static_cast<uint32_t>(size);\n"),
    ("pragma_once", "loader/base/a.hpp", "int f();\n", "#pragma once\nint f();\n"),
    ("python", "tests/net/test_a.py", "import os\n", "import os\nos.getpid()\n"),
    ("python", "tests/net/test_a.py", "def f(:\n", "def f():\n    pass\n"),
    ("licence", "loader/base/a.cpp", "int f();\n", CPP + "int f();\n"),
    ("licence", "bpf/nat/a.h", CPP, BPF),
    ("licence", "cmake/A.cmake", "set(A b)\n", "# SPDX-License-Identifier: GPL-2.0-or-later\n"),
    ("leftovers", "loader/base/a.cpp", "// TODO: finish\n", "// done\n"),
    ("leftovers", "docs/a.md", "This does nothing for now.\n", "This does nothing.\n"),
    ("machine_names", "docs/a.md", "see /home/somebody/notes\n", "see ~/notes\n"),
    ("machine_names", "run", "curl https://packages.somewhere.net/x\n", "curl http://www.example.org/x\n"),
    ("lengths", "loader/base/a.cpp", "\n" * 321, "\n" * 100),
    ("endings", "loader/base/a.cpp", "int f();", "int f();\n"),
    ("endings", "loader/base/a.cpp", "int f();  \n", "int f();\n"),
]


def complaints(tmp_path, rule, path, text):
    for name, content in (("loader/base/neighbour.hpp", NEIGHBOUR), (path, text)):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return complaints_of(tmp_path, [rule])


@pytest.mark.parametrize("rule,path,bad,good", SAMPLES)
def test_bad_sample_is_caught(tmp_path, rule, path, bad, good):
    assert complaints(tmp_path, rule, path, bad)


@pytest.mark.parametrize("rule,path,bad,good", SAMPLES)
def test_good_sample_passes(tmp_path, rule, path, bad, good):
    assert not complaints(tmp_path, rule, path, good)


def test_every_rule_has_a_sample():
    assert set(RULES) == {rule for rule, *_ in SAMPLES}


def test_what_was_built_is_no_part_of_the_tree(tmp_path):
    assert not complaints(tmp_path, "licence", "build-x/a.cpp", "int f();\n")
