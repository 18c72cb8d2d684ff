"""A text client for Holler: client.py HOST PORT NAME. "@bob text" whispers, "quit" or end of input leaves."""
import asyncio, base64, hashlib, json, os, pathlib, ssl, struct, sys, threading, time

HELLO, SAY, WHISPER, QUIT, PONG, HISTORY, PING, PAGE = 1, 2, 3, 8, 10, 13, 45, 48
SHOWN = {  # messages of the server, by kind, as lines to read; other kinds are ignored
    32: "You are {you} in {room}, with: {members}", 33: "Refused: {message}", 34: "Goodbye: {message}",
    35: "{from}: {text}", 36: "{from} to {to} alone: {text}", 37: "{name} joined",
    38: "{name} left ({reason})", 39: "{from} is now called {to}",
}

def check_identity(place, certificate):  # trust on first use: it must stay the same there
    identity = "SHA256:" + base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).decode().rstrip("=")
    file = pathlib.Path.home() / ".holler-pins.json"
    pins = json.loads(file.read_text()) if file.exists() else {}
    if pins.setdefault(place, identity) != identity:
        sys.exit(f"{place} has another identity than before: {identity} instead of {pins[place]}")
    file.write_text(json.dumps(pins))
    print(f"Identity {identity}", flush=True)

async def chat(host, port, name):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # check_identity decides instead
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    check_identity(f"{host}:{port}", writer.get_extra_info("ssl_object").getpeercert(binary_form=True))

    def send(kind, **fields):
        body = json.dumps(fields).encode()
        writer.write(struct.pack("!IB", len(body) + 1, kind) + body)

    def typed(number, line):
        to, text = line[1:].split(" ", 1) if line.startswith("@") and " " in line else ("", line)
        kind = QUIT if line == "quit" else WHISPER if to else SAY
        send(kind, to=to, text=text, ref=str(number))  # the server ignores fields that a kind does not have

    def read_lines(loop):  # in a thread of its own, because reading the keyboard waits
        for number, line in enumerate(filter(None, map(str.strip, sys.stdin))):
            loop.call_soon_threadsafe(typed, number, line)
            time.sleep(0.05)  # more than 20 lines a second would be refused
        loop.call_soon_threadsafe(send, QUIT)

    send(HELLO, protocol=1, name=name, voice=False)
    send(HISTORY, limit=20, ref="earlier")
    threading.Thread(target=read_lines, args=[asyncio.get_running_loop()], daemon=True).start()
    live = False  # until the page of history is here, which has all lines before it
    while header := await reader.read(1):  # nothing: the server has closed the connection
        length, kind = struct.unpack("!IB", header + await reader.readexactly(4))
        if length > 1 + 1_048_576:
            sys.exit(f"The server sent a frame of {length} bytes, which is too long")
        body = await reader.readexactly(length - 1)
        message = json.loads(body) if kind in (PING, PAGE, *SHOWN) else {}
        if kind == PING:  # the server checks that this client is alive
            send(PONG, **message)
        live = live or kind == PAGE or (kind == 32 and "history" not in message)
        for line in message.get("entries", [message]):
            shown = kind if kind != PAGE else 36 if "to" in line else 35
            if shown in SHOWN and (live or shown not in (35, 36)):
                print("".join(c for c in SHOWN[shown].format_map(line) if c.isprintable()), flush=True)
    os._exit(kind == 34)  # at once: the thread may still wait for the keyboard

asyncio.run(chat(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
