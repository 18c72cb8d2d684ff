/** Runs avahi, the mDNS daemon of most Linux desktops, on a host of a test network, as a peer of other makers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "./netns.ts";

const upWithinMs = 40_000;

/** One line of `avahi-browse --resolve --parsable`. */
export interface Resolved {
  interface: string;
  instance: string;
  host: string;
  address: string;
  port: number;
  txt: string[];
}

export interface Avahi {
  /** Everything of that type that avahi sees and can resolve now. */
  browse(type: string): Promise<Resolved[]>;
  /** The name the daemon holds; it differs from the host's after a conflict. */
  hostName(): Promise<string>;
  /** Runs one of avahi's own tools against this daemon. */
  run(cmd: string[]): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts a message bus and avahi-daemon that belong to this host alone, by one family. Needs dbus, avahi-daemon and
 * avahi-utils.
 */
export async function startAvahi(
  host: Host,
  hostname: string,
  family: "IPv4" | "IPv6" = "IPv4",
): Promise<Avahi> {
  const folder = await mkdtemp(join(tmpdir(), "holler-avahi-"));
  const bus = `unix:path=${join(folder, "bus")}`;
  await Bun.write(join(folder, "bus.conf"), busConfiguration(bus));
  await Bun.write(
    join(folder, "avahi.conf"),
    `[server]\nhost-name=${hostname}\nuse-ipv4=${family === "IPv4" ? "yes" : "no"}\nuse-ipv6=${family === "IPv6" ? "yes" : "no"}\nratelimit-interval-usec=0\n[publish]\npublish-workstation=no\n`,
  );
  const environment = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: bus };
  const quiet = { env: environment, stdin: "ignore", stdout: "ignore", stderr: "pipe" } as const;

  const dbus = host.spawn(["dbus-daemon", `--config-file=${join(folder, "bus.conf")}`, "--nofork"], quiet);
  await until(
    "the message bus",
    async () => (await Bun.$`test -S ${join(folder, "bus")}`.nothrow().quiet()).exitCode === 0,
  );
  // Its folder under /run is fixed when it is built: give it one of its own.
  const script = 'mount -t tmpfs tmpfs /run && exec "$0" "$@"';
  const options = ["--no-drop-root", "--no-chroot", "--no-rlimits", "-f", join(folder, "avahi.conf")];
  const daemon = host.spawn(
    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "avahi-daemon", ...options],
    quiet,
  );
  const run = (cmd: string[]): Promise<string> => host.run(["env", `DBUS_SYSTEM_BUS_ADDRESS=${bus}`, ...cmd]);
  const hostName = async (): Promise<string> => {
    const reply = await run([
      ...["dbus-send", "--system", "--print-reply=literal", "--dest=org.freedesktop.Avahi", "/"],
      "org.freedesktop.Avahi.Server.GetHostName",
    ]);
    return reply.trim();
  };
  await until("avahi-daemon", async () => {
    try {
      return (await hostName()) !== "";
    } catch {
      return false;
    }
  });
  return {
    run,
    hostName,
    browse: async (type) => parseBrowse(await run(["avahi-browse", "-rpt", type])),
    async close() {
      daemon.kill("SIGTERM");
      await daemon.exited;
      dbus.kill("SIGTERM");
      await dbus.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `=;eth0;IPv4;Lab\0323…;_holler._tcp;local;host.local;10.0.0.1;4050;"txtvers=1" …` */
function parseBrowse(output: string): Resolved[] {
  const resolved: Resolved[] = [];
  for (const line of output.split("\n")) {
    const [kind, on = "", , instance = "", , , host = "", address = "", port = "", ...txt] = line.split(";");
    if (kind !== "=") continue;
    const strings = [...txt.join(";").matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
    resolved.push({
      interface: on,
      instance: unescapeBytes(instance),
      host,
      address,
      port: Number(port),
      txt: strings,
    });
  }
  return resolved;
}

/** Bytes beyond letters and digits come as `\ddd`, decimal. */
function unescapeBytes(text: string): string {
  const bytes = text
    .replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\\(.)/g, "$1");
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function busConfiguration(address: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}

async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + upWithinMs;
  while (!(await ready())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come up`);
    await Bun.sleep(20);
  }
}
