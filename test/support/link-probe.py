"""
Measures a link from one of its ends: `link-probe.py answer ADDRESS` sends every datagram back and swallows what comes
over TCP; `link-probe.py ask ADDRESS COUNT EVERY_MS` prints a line when it begins, and as JSON at its end the round trips
in ms, null for those that never came back, and the numbers in the order of their return; `link-probe.py pour ADDRESS BYTES` prints how many seconds TCP took for them.
"""

import json
import socket
import sys
import threading
import time

PORT = 4051
LATE_S = 3


def answer(address):
    listener = socket.create_server((address, PORT))
    threading.Thread(target=swallow, args=(listener,), daemon=True).start()
    echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo.bind((address, PORT))
    print("ready", flush=True)
    while True:
        echo.sendto(*echo.recvfrom(2048))


def swallow(listener):
    while True:
        stream, _ = listener.accept()
        while stream.recv(65536):
            pass
        stream.close()


def ask(address, count, every_s):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.connect((address, PORT))
    sent, trips, order = [], [None] * count, []
    next_at = begun = time.monotonic()
    while None in trips and time.monotonic() < begun + count * every_s + LATE_S:
        probe.settimeout(max(0.001, next_at - time.monotonic()) if len(sent) < count else 0.1)
        try:
            number = int(probe.recv(2048))
            trips[number] = (time.monotonic() - sent[number]) * 1000
            order.append(number)
        except TimeoutError:
            pass
        if len(sent) < count and time.monotonic() >= next_at:
            sent.append(time.monotonic())
            probe.send(str(len(sent) - 1).encode())
            if len(sent) == 1:
                print("asked", flush=True)
            next_at += every_s
    print(json.dumps({"trips": trips, "order": order}))


def pour(address, size):
    begun = time.monotonic()
    stream = socket.create_connection((address, PORT))
    stream.sendall(bytes(size))
    # The other side closes when it has read everything.
    stream.shutdown(socket.SHUT_WR)
    stream.recv(1)
    print(json.dumps(time.monotonic() - begun))


if sys.argv[1] == "answer":
    answer(sys.argv[2])
elif sys.argv[1] == "ask":
    ask(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) / 1000)
else:
    pour(sys.argv[2], int(sys.argv[3]))
