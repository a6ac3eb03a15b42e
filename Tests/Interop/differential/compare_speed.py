#!/usr/bin/env python3
"""The policy of `accredit bench policy`, judged by it and by other engines installed beside.

usage: compare_speed.py ACCREDIT [--seconds N] [--rounds N]

Knows the Python packages cel-expr-python (cel-cpp), common-expression-language (cel-rust), cedarpy
(Cedar) and regopy (rego-cpp); those that are not installed are left out. Every engine first has to
judge both applications as expected. Then microseconds of CPU time: compiling all eight conditions,
and one judgement, all eight answers collected, on facts made ready before. The figures of the
engines that are called from Python contain the calls. Ends with `N passed, N failed`."""

import argparse
import datetime
import json
import statistics
import subprocess
import time


class CelCpp:
    name = "cel-cpp (cel-expr-python)"

    def __init__(self, material):
        from cel_expr_python import cel
        fact = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
        self.environment = cel.NewEnv(
            variables={"application": fact, "parameters": fact, "now": cel.Type.TIMESTAMP})
        self.rules = material["policy"]["rules"]
        self.shared = {"parameters": material["policy"]["parameters"], "now": moment(material["now"])}

    def compile(self):
        return [self.environment.compile(rule["expression"]) for rule in self.rules]

    def ready(self, application):
        return self.environment.Activation({"application": application, **self.shared})

    def judge(self, programs, activation):
        return [rule["id"] for rule, program in zip(self.rules, programs)
                if program.eval(activation).value() is not True]


class CelRust:
    name = "cel-rust (common-expression-language)"

    def __init__(self, material):
        import cel
        self.cel = cel
        self.rules = material["policy"]["rules"]
        self.shared = {"parameters": material["policy"]["parameters"], "now": moment(material["now"])}

    def compile(self):
        return [self.cel.compile(rule["expression"]) for rule in self.rules]

    def ready(self, application):
        return self.cel.Context(variables={"application": application, **self.shared})

    def judge(self, programs, context):
        refused = []
        for rule, program in zip(self.rules, programs):
            if program.execute(context) is not True:
                refused.append(rule["id"])
        return refused


# Cedar has neither loops over lists nor fractions: what needs them is computed beforehand, times are
# whole seconds.
CEDAR = {
    "hardware": "context.device.cpu.cores >= 8 && context.device.memoryGiB >= 32",
    "benchmark": "context.device.benchmark.verifiesPerSecond >= 10000",
    "latency": "context.network.maxLatencyMs <= 60",
    "peer": "context.network.nearRegions.contains(context.node.region)",
    "deposit": "context.deposit.amount >= 1000000000 && context.deposit.confirmations >= 12"
               ' && ["USD", "EUR"].contains(context.deposit.currency)',
    "credit": "context.credit.score >= 650 || (context.credit has guarantor"
              " && context.credit.guarantor.score >= 800)",
    "time": "context.submittedAt > context.now - 2592000 && context.certificate.notAfter > context.now + 2592000",
    "evidence": "context.evidence has attestation && context.evidence.attestation.level >= 2"
                ' && context.node.name like "node-*"',
}


class Cedar:
    name = "Cedar (cedarpy)"

    def __init__(self, material):
        import cedarpy
        self.cedarpy = cedarpy
        self.now = seconds(material["now"])
        self.source = "permit(principal, action, resource);\n" + "\n".join(
            f"forbid(principal, action, resource) unless {{ {condition} }};" for condition in CEDAR.values())
        self.entities = cedarpy.Entities.from_json_str("[]")

    def compile(self):
        return self.cedarpy.PolicySet.from_str(self.source)

    def ready(self, application):
        context = json.loads(json.dumps(application), parse_float=lambda text: int(float(text)))
        network = context["network"]
        network["maxLatencyMs"] = max(network.pop("latencyMs"))
        network["nearRegions"] = [peer["region"] for peer in network["peers"] if peer["rttMs"] < 20]
        context["submittedAt"] = seconds(context["submittedAt"])
        context["certificate"]["notAfter"] = seconds(context["certificate"]["notAfter"])
        context["now"] = self.now
        context["credit"].pop("history")
        return {"principal": 'Node::"n"', "action": 'Action::"join"', "resource": 'Network::"l"', "context": context}

    def judge(self, policies, request):
        answer = self.cedarpy.is_authorized(request, policies, self.entities)
        names = list(CEDAR)
        places = sorted(int(reason.removeprefix("policy")) for reason in answer.diagnostics.reasons)
        return [names[place - 1] for place in places if place > 0]


REGO = """package qualification
import rego.v1
default hardware := false
hardware if { input.device.cpu.cores >= 8; input.device.memoryGiB >= 32 }
default benchmark := false
benchmark if { input.device.benchmark.verifiesPerSecond >= 10000 }
default latency := false
latency if { every ms in input.network.latencyMs { ms <= 60 } }
default peer := false
peer if { some p in input.network.peers; p.region == input.node.region; p.rttMs < 20 }
default deposit := false
deposit if { input.deposit.amount >= 1000000000; input.deposit.confirmations >= 12
  input.deposit.currency in ["USD", "EUR"] }
default credit := false
credit if { input.credit.score >= 650 }
credit if { input.credit.guarantor.score >= 800 }
default time := false
time if { input.submittedAt > input.now - 2592000; input.certificate.notAfter > input.now + 2592000 }
default evidence := false
evidence if { input.evidence.attestation.level >= 2; startswith(input.node.name, "node-") }
"""


class Rego:
    name = "rego-cpp (regopy)"

    def __init__(self, material):
        import regopy
        self.regopy = regopy
        self.now = seconds(material["now"])
        self.names = [rule["id"] for rule in material["policy"]["rules"]]
        self.query = "x := [" + ", ".join(f"data.qualification.{name}" for name in self.names) + "]"

    def compile(self):
        self.interpreter = self.regopy.Interpreter()
        self.interpreter.add_module("qualification", REGO)
        return self.interpreter.build(self.query)

    def ready(self, application):
        fact = json.loads(json.dumps(application))
        fact["submittedAt"] = seconds(fact["submittedAt"])
        fact["certificate"]["notAfter"] = seconds(fact["certificate"]["notAfter"])
        self.given = None
        return self.regopy.Input({**fact, "now": self.now})

    def judge(self, bundle, facts):
        if self.given is not facts:
            self.interpreter.set_input(facts)
            self.given = facts
        answers = json.loads(str(self.interpreter.query_bundle(bundle)))["bindings"]["x"]
        return [name for name, holds in zip(self.names, answers) if holds is not True]


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds(text):
    return int(moment(text).timestamp())


def microseconds(budget, body):
    """CPU time of one run of body, of as many as fit the budget of seconds."""
    count, start = 0, time.thread_time()
    while (elapsed := time.thread_time() - start) < budget:
        body()
        count += 1
    return elapsed / count * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("accredit")
    parser.add_argument("--seconds", type=int, default=8, help="for our figures, and for each other engine")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    report = json.loads(subprocess.run(
        [options.accredit, "bench", "policy", "--seconds", str(options.seconds), "--rounds", str(options.rounds),
         "--output", "json"], stdout=subprocess.PIPE, check=True).stdout)
    rates = {rate["name"]: rate["perSecond"] for rate in report["rates"]}
    rows = [("accredit, costs counted", 1e6 / rates["policy parsed, checked and planned"],
             1e6 / rates["judged, facts ready"])]
    failed = 0
    material = report["material"]
    for engine in (CelCpp, CelRust, Cedar, Rego):
        try:
            peer = engine(material)
        except ImportError:
            print(f"left out, not installed: {engine.name}")
            continue
        program = peer.compile()
        for name, expected in (("passing", []), ("refused", material["refusing"])):
            found = peer.judge(program, peer.ready(material[name]))
            if sorted(found) != sorted(expected):
                failed += 1
                print(f"{peer.name} refuses the {name} application by {found}, not {expected}")
        facts = peer.ready(material["passing"])
        budget = options.seconds / options.rounds / 2
        timed = [(microseconds(budget, peer.compile), microseconds(budget, lambda: peer.judge(program, facts)))
                 for _ in range(options.rounds)]
        rows.append((peer.name, *(statistics.median(column) for column in zip(*timed))))
    ours = rows[0]
    print(f"{'ENGINE':40}{'COMPILE us':>12}{'x OURS':>9}{'JUDGE us':>12}{'x OURS':>9}")
    for name, compiling, judging in rows:
        print(f"{name:40}{compiling:12.1f}{compiling / ours[1]:9.1f}{judging:12.1f}{judging / ours[2]:9.1f}")
    print(f"speed: {len(rows) * 2 - 2 - failed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
