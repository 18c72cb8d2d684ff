"""
A network link whose quality can be set: carries IP packets between two network namespaces, late, never, or in bursts.

It is what `tc qdisc … netem` does, in user space, for kernels built without netem: one TUN device stands in each
namespace, and this program hands the packets of one to the other. Checksums and retransmissions are the kernel's, so
TCP reacts as it does on a real link.

    link.py NAMESPACE NAMESPACE

Each line of input is a JSON object of conditions to change (see link.ts), answered by a line with what was carried
so far. Ends with its input.
"""

import fcntl
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
PACKET_BYTES_MAX = 65536

conditions = {
    "delayMs": 0,
    "jitterMs": 0,
    "lossShare": 0,
    "stallMs": 0,
    "stallEveryMs": 1000,
    "isFrozen": False,
    # 0 is as fast as it goes.
    "bytesPerSecond": 0,
    "queueBytes": 32768,
}


def open_tun(namespace):
    """A TUN device called "link0" inside the namespace; reading and writing it here is the other end."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"holler%d", IFF_TUN | IFF_NO_PI))
    name = request[:16].rstrip(b"\0").decode()
    subprocess.run(["ip", "link", "set", name, "netns", namespace, "name", "link0"], check=True)
    return tun


class Direction:
    """What is under way from one end to the other, in the order in which it was sent."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.under_way = []
        self.free_at = 0.0
        self.last_due = 0.0
        self.sent = self.lost = 0

    def accept(self, now, chance):
        try:
            packet = os.read(self.source, PACKET_BYTES_MAX)
        except BlockingIOError:
            return
        # IPv6 is there for router solicitations only, which would upset the counting.
        if packet[0] >> 4 != 4:
            return
        self.sent += 1
        if chance.random() < conditions["lossShare"] or self.is_full(now):
            self.lost += 1
            return
        jitter = chance.uniform(-1, 1) * conditions["jitterMs"]
        due = self.passed_at(now, len(packet)) + max(0, conditions["delayMs"] + jitter) / 1000
        # In order, as a wire or a radio link with retransmissions keeps it.
        self.last_due = max(self.last_due, due)
        self.under_way.append((self.last_due, packet))

    def is_full(self, now):
        rate = conditions["bytesPerSecond"]
        return rate > 0 and (self.free_at - now) * rate > conditions["queueBytes"]

    def passed_at(self, now, size):
        rate = conditions["bytesPerSecond"]
        if rate == 0:
            return now
        self.free_at = max(self.free_at, now) + size / rate
        return self.free_at

    def deliver(self, now):
        """Hands over what is due; returns when the next is."""
        held = held_until(now)
        if held > now:
            return held
        count = 0
        while count < len(self.under_way) and self.under_way[count][0] <= now:
            try:
                os.write(self.target, self.under_way[count][1])
            except OSError:
                # That end is down, or its queue is full: a packet lost, as on any network.
                self.lost += 1
            count += 1
        del self.under_way[:count]
        return self.under_way[0][0] if self.under_way else float("inf")


def held_until(now):
    """When the link carries again, if it is stalled or frozen."""
    if conditions["isFrozen"]:
        return float("inf")
    every, stall = conditions["stallEveryMs"] / 1000, conditions["stallMs"] / 1000
    into = (now - stalls_since) % every
    return now + stall - into if into < stall else now


stalls_since = time.monotonic()


def main():
    global stalls_since
    chance = random.Random(1)
    near, far = (open_tun(namespace) for namespace in sys.argv[1:3])
    directions = [Direction(near, far), Direction(far, near)]
    print("{}", flush=True)
    commands = b""
    while True:
        now = time.monotonic()
        due = min(direction.deliver(now) for direction in directions)
        wait = None if due == float("inf") else max(0, due - time.monotonic())
        readable, _, _ = select.select([near, far, 0], [], [], wait)
        now = time.monotonic()
        for direction in directions:
            if direction.source in readable:
                direction.accept(now, chance)
        if 0 not in readable:
            continue
        part = os.read(0, PACKET_BYTES_MAX)
        if not part:
            return
        *lines, commands = (commands + part).split(b"\n")
        for line in lines:
            change = json.loads(line)
            if "seed" in change:
                chance.seed(change.pop("seed"))
            if "stallMs" in change:
                stalls_since = now
            conditions.update(change)
            counts = {"sent": [one.sent for one in directions], "lost": [one.lost for one in directions]}
            print(json.dumps(counts), flush=True)


main()
