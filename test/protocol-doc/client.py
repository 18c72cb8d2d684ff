"""A text client for Holler: client.py HOST PORT NAME. "@bob text" whispers, "quit" or end of input leaves."""
import asyncio, base64, hashlib, json, os, pathlib, ssl, struct, sys, threading

HELLO, SAY, WHISPER, QUIT = 1, 2, 3, 8
LENGTH_MAX = 1 + 1_048_576  # of a frame from the server
SHOWN = {  # the server's messages by kind, as lines to read; the other kinds are ignored
    32: "You are {you} in {room}, with: {members}", 33: "Refused: {message}", 34: "Goodbye: {message}",
    35: "{from}: {text}", 36: "{from} to {to} alone: {text}", 37: "{name} joined",
    38: "{name} left ({reason})", 39: "{from} is now called {to}",
}

def check_identity(place, certificate):
    """Trust on first use: the fingerprint met at a place must stay the same."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(certificate).digest())
    fingerprint = "SHA256:" + digest.decode().rstrip("=")
    file = pathlib.Path.home() / ".holler-pins.json"
    pins = json.loads(file.read_text()) if file.exists() else {}
    if pins.setdefault(place, fingerprint) != fingerprint:
        sys.exit(f"{place} has another identity than before: {fingerprint} instead of {pins[place]}")
    file.write_text(json.dumps(pins))
    print(f"Identity {fingerprint}", flush=True)

async def chat(host, port, name):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # check_identity decides instead
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    check_identity(f"{host}:{port}", writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    loop = asyncio.get_running_loop()

    def send(kind, **fields):
        body = json.dumps(fields).encode()
        writer.write(struct.pack("!IB", len(body) + 1, kind) + body)

    def typed(number, line):
        if line == "quit":
            send(QUIT)
        elif line.startswith("@") and " " in line:
            to, text = line[1:].split(" ", 1)
            send(WHISPER, to=to, text=text, ref=str(number))
        elif line:
            send(SAY, text=line, ref=str(number))

    def read_lines():  # in a thread of its own, because reading the keyboard waits
        for number, line in enumerate(sys.stdin):
            loop.call_soon_threadsafe(typed, number, line.strip())
        loop.call_soon_threadsafe(send, QUIT)

    send(HELLO, protocol=1, name=name, voice=False)
    threading.Thread(target=read_lines, daemon=True).start()
    while header := await reader.read(1):  # nothing: the server has closed the connection
        length, kind = struct.unpack("!IB", header + await reader.readexactly(4))
        if length > LENGTH_MAX:
            sys.exit(f"The server sent a frame of {length} bytes, which is too long")
        body = await reader.readexactly(length - 1)
        if kind in SHOWN:
            line = SHOWN[kind].format_map(json.loads(body))
            print("".join(c for c in line if c.isprintable()), flush=True)
    os._exit(kind == 34)  # at once: the thread may still wait for the keyboard

asyncio.run(chat(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
