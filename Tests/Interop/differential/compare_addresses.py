#!/usr/bin/env python3
"""Generated IP addresses and blocks, judged by the network extension and by Python's ipaddress.

usage: compare_addresses.py PROBE [--count N] [--seed N]

The extension takes addresses as Python does, but for zones and IPv4 in dotted form within ::ffff:0:0/96,
and an address in that block is the IPv4 one. Ends with `N passed, N failed`."""

import ipaddress
import random
import sys

from peers import arguments, ask_ours

TESTS = ["isUnspecified", "isLoopback", "isLinkLocalUnicast", "isLinkLocalMulticast", "isGlobalUnicast"]


def address(text):
    """The address a text means; None for one that is refused."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if found.version == 4:
        return found
    if found.scope_id is not None or found.ipv4_mapped and "." in text:
        return None
    return found.ipv4_mapped or found


def block(text):
    head, slash, length = text.rpartition("/")
    found = address(head)
    if not slash or found is None or found.version == 4 and ":" in head or not (length.isascii() and length.isdigit()):
        return None
    if len(length) > 1 and length[0] == "0" or int(length) > found.max_prefixlen:
        return None
    return found, int(length)


def network(found, length):
    family = ipaddress.IPv4Network if found.version == 4 else ipaddress.IPv6Network
    return family((int(found), length), strict=False)


def kind(found, name):
    is_broadcast = found == ipaddress.IPv4Address("255.255.255.255")
    # Of IPv6 the last four of the first 16 bits are the scope, whatever the flags before them are.
    is_local_group = (found in ipaddress.ip_network("224.0.0.0/24") if found.version == 4
                      else int(found) >> 120 == 0xFF and int(found) >> 112 & 0xF == 2)
    return {"isUnspecified": found.is_unspecified, "isLoopback": found.is_loopback,
            "isLinkLocalUnicast": found.is_link_local, "isLinkLocalMulticast": is_local_group,
            "isGlobalUnicast": not (found.is_unspecified or found.is_loopback or found.is_multicast or found.is_link_local
                                    or is_broadcast)}[name]


class AddressGenerator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choices):
        return self.random.choice(choices)

    def text(self):
        text = self.version4() if self.random.random() < 0.4 else self.version6()
        if self.random.random() < 0.15:
            place = self.random.randrange(len(text) + 1)
            text = self.pick([text[:place] + self.pick(list("01:.f%g/ ")) + text[place:], text[:place] + text[place + 1:]])
        return text

    def version4(self):
        return self.pick([".".join(str(self.pick([0, 1, 10, 127, 169, 192, 224, 239, 254, 255, 256, self.random.randrange(256)]))
                                   for _ in range(4)), "169.254.1.2", "224.0.0.9", "224.0.1.9", "255.255.255.255", "127.9.9.9"])

    def version6(self):
        groups = [self.pick(["0", "0", "0", "1", "db8", "ffff", "FE80", "abcd", "00a", f"{self.random.randrange(65536):x}"])
                  for _ in range(8)]
        if self.random.random() < 0.4:
            groups[0] = self.pick(["fe80", "febf", "fec0", "ff02", "ff12", "ff05", "2001", "64"])
        if self.random.random() < 0.25:
            groups[:6] = ["0"] * 5 + [self.pick(["ffff", "0", "fffe"])]
        if self.random.random() < 0.6:
            start = self.random.randrange(8)
            end = self.random.randrange(start, 9)
            text = ":".join(groups[:start]) + "::" + ":".join(groups[end:])
        else:
            text = ":".join(groups)
        if self.random.random() < 0.15 and ":" in text:
            text = text.rpartition(":")[0] + ":" + self.version4()
        return text + self.pick(["%eth0"] + [""] * 30)

    def block(self):
        return f"{self.text()}/{self.pick(['0', '1', '8', '9', '24', '31', '32', '33', '64', '127', '128', '129', '08', '', '-1', '+8'])}"

    def question(self):
        """An expression, and the value it should have; None where it should err."""
        form = self.random.randrange(8)
        text, other, name = self.text(), self.text(), self.pick(TESTS)
        found, against = address(text), address(other)
        if form == 0:
            return f"isIP('{text}')", {"bool": found is not None}
        if form == 1:
            return f"string(ip('{text}'))", found and {"string": str(found)}
        if form == 2:
            return f"ip('{text}').family()", found and {"int": str(found.version)}
        if form == 3:
            return f"ip('{text}').{name}()", found and {"bool": bool(kind(found, name))}
        if form == 4:
            return f"ip.isCanonical('{text}')", found and {"bool": str(found) == text}
        if form == 5:
            return f"ip('{text}') == ip('{other}')", found and against and {"bool": found == against}
        return self.block_question(self.block(), self.pick([other, text, self.block(), self.block()]))

    def block_question(self, text, other):
        found = block(text)
        if found is None or self.random.random() < 0.2:
            return f"isCIDR('{text}')", {"bool": found is not None}
        base, length = found
        whole = network(base, length)
        form = self.random.randrange(4)
        if form == 0:
            return f"string(cidr('{text}').masked())", {"string": f"{whole.network_address}/{length}"}
        if form == 1:
            return (f"string(cidr('{text}').ip()) + ' ' + string(cidr('{text}').prefixLength())", {"string": f"{base} {length}"})
        if "/" in other and form > 1:
            inner = block(other)
            holds = inner and inner[0].version == base.version and inner[1] >= length and inner[0] in whole
            return f"cidr('{text}').containsCIDR('{other}')", inner and {"bool": bool(holds)}
        part = address(other)
        return f"cidr('{text}').containsIP('{other}')", part and {"bool": part.version == base.version and part in whole}


def main():
    options = arguments(count=20_000)
    generator = AddressGenerator(options.seed)
    asked = [generator.question() for _ in range(options.count)]
    questions = [{"environment": "checked", "isChecked": True, "variables": []}]
    questions += [{"in": "checked", "expression": text} for text, _ in asked]
    answers = ask_ours(options.probe, questions)
    failed = values = 0
    for (text, expected), answer in zip(asked, answers):
        values += expected is not None
        if answer.get("value") == expected and (expected is not None or "error" in answer):
            continue
        failed += 1
        if failed <= options.show:
            print(f"{text}\n    ours   {answer}\n    theirs {expected}")
    print(f"{values} of {options.count} have a value")
    print(f"{options.count - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
