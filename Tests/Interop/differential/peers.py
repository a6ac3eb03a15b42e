"""The two engines, asked the same questions. An answer is a tuple: ("value", form), ("error", why),
("refused", why), or ("unseen",) for a value the peer's Python package cannot hand over."""

import argparse
import datetime
import json
import os
import pickle
import subprocess

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
PLAIN = {"int": cel.Type.INT, "uint": cel.Type.UINT, "double": cel.Type.DOUBLE, "bool": cel.Type.BOOL,
         "string": cel.Type.STRING, "bytes": cel.Type.BYTES, "timestamp": cel.Type.TIMESTAMP,
         "duration": cel.Type.DURATION, "dyn": cel.Type.DYN}

# Every variable with its type and its value in our form.
VARIABLES = [
    ("i", "int", {"int": "42"}), ("j", "int", {"int": "-9"}), ("u", "uint", {"uint": "7"}),
    ("d", "double", {"double": "2.75"}), ("p", "bool", {"bool": True}),
    ("s", "string", {"string": "Grüße, 日本"}), ("r", "string", {"string": "a-b-c"}),
    ("y", "bytes", {"bytes": "61c3a9ff"}), ("t", "timestamp", {"timestamp": "2024-02-29T23:59:58.125Z"}),
    ("n", "duration", {"duration": "5400125000000"}),
    ("li", {"list": "int"}, {"list": [{"int": "3"}, {"int": "-1"}, {"int": "10"}]}),
    ("ls", {"list": "string"}, {"list": [{"string": "b"}, {"string": ""}, {"string": "é"}]}),
    ("m", {"map": ["string", "int"]}, {"map": [[{"string": "a"}, {"int": "1"}], [{"string": "k"}, {"int": "2"}]]}),
    ("im", {"map": ["int", "string"]}, {"map": [[{"int": "0"}, {"string": "zero"}], [{"int": "-5"}, {"string": "k"}]]}),
    ("x", "dyn", {"map": [[{"string": "a"}, {"list": [{"int": "1"}, {"double": "2.5"}, {"string": "q"}]}],
                          [{"string": "k"}, {"bool": False}]]}),
    ("z", "dyn", {"string": "zed"}),
]


def plain(form):
    """A value of our form as the Python value the peer takes."""
    (kind, content), = form.items()
    if kind in ("int", "uint"):
        return int(content)
    if kind == "double":
        return float(content)
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(content.replace("Z", "+00:00"))
    if kind == "duration":
        return datetime.timedelta(microseconds=int(content) // 1000)
    if kind == "list":
        return [plain(element) for element in content]
    if kind == "map":
        return {plain(key): plain(value) for key, value in content}
    return content


class Peer:
    def __init__(self):
        def declared(kind):
            if isinstance(kind, str):
                return PLAIN[kind]
            if "list" in kind:
                return cel.Type.List(declared(kind["list"]))
            return cel.Type.Map(declared(kind["map"][0]), declared(kind["map"][1]))

        self.environment = cel.NewEnv(
            variables={name: declared(kind) for name, kind, _ in VARIABLES},
            extensions=[ext_bindings.ExtBindings(), ext_encoders.ExtEncoders(), ext_math.ExtMath(),
                        ext_optional.ExtOptional(), ext_strings.ExtStrings()])
        self.data = {name: plain(value) for name, _, value in VARIABLES}
        self.activation = self.environment.Activation(self.data)

    def answer(self, expression, checked):
        try:
            compiled = self.environment.compile(expression, disable_check=not checked)
        except Exception as error:
            return ("refused", str(error), None)
        kind = None
        try:
            kind = compiled.return_type().name() if checked else None
            value = compiled.eval(self.activation)
        except Exception as error:
            return ("error", str(error), kind)
        is_error = value.type().name() == "ERROR"
        try:
            return ("error", str(value.value()), kind) if is_error else ("value", peer_form(value), kind)
        except Exception as error:
            # Of an optional the package says that it is an error, but cannot say which.
            is_seen = is_error and "Unable to convert" not in str(error)
            return ("error" if is_seen else "unseen", str(error), kind)


def ask_peer(questions):
    """Answers to expressions, each with whether to check it. They are asked in processes of their own: the
    package crashes over keys that are no UTF-8, and then one answer is not seen."""
    answers, crashes = [], 0
    while len(answers) < len(questions):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            peer = Peer()
            with os.fdopen(writer, "wb") as pipe:
                for expression, checked in questions[len(answers):]:
                    pickle.dump(peer.answer(expression, checked), pipe)
                    pipe.flush()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            try:
                while True:
                    answers.append(pickle.load(pipe))
            except (EOFError, pickle.UnpicklingError):
                os.waitpid(child, 0)
        if len(answers) < len(questions):
            answers.append(("unseen", "the peer crashed", None))
            crashes += 1
        if crashes > 10:
            raise SystemExit("the peer crashes too often")
    return answers


def peer_form(value):
    """A value of the peer in comparable form."""
    kind = value.type().name()
    if kind.startswith("LIST"):
        return ("list", tuple(peer_form(element) for element in value.value()))
    if kind.startswith("MAP"):
        return ("map", {key_form(key): peer_form(element) for key, element in value.value().items()})
    content = value.value()
    if kind == "TIMESTAMP":
        return ("timestamp", (content - EPOCH) // MICROSECOND)
    if kind == "DURATION":
        return ("duration", content // MICROSECOND)
    if kind == "TYPE":
        return ("type", type_name(content.name()))
    if kind == "BYTES":
        return ("bytes", bytes(content))
    if kind == "DOUBLE":
        return ("double", "nan" if content != content else repr(content))
    if kind == "NULL":
        return ("null", None)
    return (kind.lower(), content)


def key_form(key):
    return ("bool" if isinstance(key, bool) else "number" if isinstance(key, int) else "string", key)


def type_name(name):
    name = name.split("<")[0].upper()
    return {"NULL_TYPE": "NULL", "GOOGLE.PROTOBUF.TIMESTAMP": "TIMESTAMP", "OPTIONAL_TYPE": "OPTIONAL",
            "GOOGLE.PROTOBUF.DURATION": "DURATION"}.get(name, name)


def our_form(form):
    """A value of ours in comparable form: times to the microsecond, which is all Python has."""
    (kind, content), = form.items()
    if kind == "list":
        return ("list", tuple(our_form(element) for element in content))
    if kind == "map":
        return ("map", {our_key(key): our_form(value) for key, value in content})
    if kind in ("int", "uint"):
        return (kind, int(content))
    if kind == "double":
        number = float(content)
        return ("double", "nan" if number != number else repr(number))
    if kind == "bytes":
        return ("bytes", bytes.fromhex(content))
    if kind == "timestamp":
        head, _, tail = content[:-1].partition(".")
        seconds = (datetime.datetime.fromisoformat(head + "+00:00") - EPOCH) // MICROSECOND
        return ("timestamp", seconds + int((tail + "000000")[:6]))
    if kind == "duration":
        span = int(content)
        return ("duration", span // 1000 if span >= 0 else -(-span // 1000))
    if kind == "type":
        return ("type", type_name(content))
    if kind == "null":
        return ("null", None)
    return (kind, content)


def our_key(form):
    (kind, content), = form.items()
    if kind in ("int", "uint"):
        return ("number", int(content))
    return (kind, content)


def arguments(count):
    """What a comparison is told: the probe, how many questions, drawn from which seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=40, help="disagreements to print")
    return parser.parse_args()


def ask_ours(probe, questions):
    """Answers of one process to all the questions, in their order."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run([probe], input=lines.encode(), stdout=subprocess.PIPE, timeout=600)
    if run.returncode != 0:
        raise SystemExit(f"the probe ended with {run.returncode}")
    answers = [json.loads(line) for line in run.stdout.decode().split("\n") if line]
    asked = sum("environment" not in question for question in questions)
    if len(answers) != asked:
        raise SystemExit(f"{asked} questions, {len(answers)} answers")
    return answers


def our_answer(answer):
    if "refused" in answer:
        return ("refused", answer["refused"], None)
    if "error" in answer:
        return ("error", f"{answer['error']}: {answer['detail']}", None)
    return ("value", our_form(answer["value"]), answer["type"])
