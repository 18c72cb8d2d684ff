/** Builds small networks of several hosts on one machine, from network namespaces, veth pairs and bridges. */
import { hasProgram } from "./rigs.ts";

export const networkHint = "run as root on Linux with iproute2 (scripts/install-rigs.sh)";

type Writable = Bun.SpawnOptions.Writable;
type Readable = Bun.SpawnOptions.Readable;

export interface HostOptions {
  /** The LANs it is plugged into, in order (eth0, eth1, …); none: only its own loopback. */
  lans?: string[];
  /** A gateway on the first LAN; without it the host is on a cable or an air-gapped switch. */
  defaultRoute?: boolean;
  /** What the host calls itself; the machine's name unless given. */
  hostname?: string;
  /** It has only link-local IPv6 addresses on its LANs, as on a cable without any configuration. */
  isLinkLocalOnly?: boolean;
}

export interface Host {
  name: string;
  /** What `ip netns` calls it. */
  namespace: string;
  /** Its IPv4 address on a LAN. */
  address(lan: string): string;
  /** Its link-local IPv6 address on a LAN, without a zone. */
  linkLocal(lan: string): string;
  /** The command line that runs a command on this host, for spawners of one's own. */
  command(cmd: string[]): string[];
  /** Starts a program on this host; it is killed with the network, unless it ended before. */
  spawn<In extends Writable = "ignore", Out extends Readable = "pipe", Err extends Readable = "inherit">(
    cmd: string[],
    options?: Bun.SpawnOptions.SpawnOptions<In, Out, Err>,
  ): Bun.Subprocess<In, Out, Err>;
  /** Runs a program to its end and returns what it wrote; throws unless it ends with 0. */
  run(cmd: string[]): Promise<string>;
  /** Pulls the cable to a LAN, or plugs it in again. */
  cable(lan: string, state: "down" | "up"): void;
}

export interface Network<Name extends string = string> extends AsyncDisposable {
  host(name: Name): Host;
  /** Ends what was started on the hosts and removes everything that was made. */
  close(): Promise<void>;
}

/** Whether networks can be made here: root, Linux, iproute2, and a kernel that lets us. */
export function canMakeNetworks(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !hasProgram("ip", "unshare")) return false;
  const name = uniqueName("probe");
  if (!tryIp("netns", "add", name)) return false;
  const able = tryIp("-n", name, "link", "add", "b0", "type", "bridge");
  tryIp("netns", "del", name);
  return able;
}

/**
 * Makes the hosts and the LANs they name. Every LAN n is 10.99.n.0/24 and fd99:n::/64, and host h has the link-local
 * address fe80::(n+1):h on it; all of it lives in namespaces of its own and touches nothing of the machine's network.
 *
 *     createNetwork({ server: { lans: ["lab"] }, client: { lans: ["lab"], defaultRoute: true }, alone: {} })
 */
export function createNetwork<Name extends string>(hosts: Record<Name, HostOptions>): Network<Name> {
  const lans = [...new Set(Object.values<HostOptions>(hosts).flatMap((host) => host.lans ?? []))];
  const namespaces: string[] = [];
  const running = new Set<Bun.Subprocess>();
  const remove = (): void => {
    for (const one of running) one.kill("SIGKILL");
    for (const namespace of namespaces.splice(0)) tryIp("netns", "del", namespace);
  };
  // A test that is interrupted leaves nothing behind either.
  process.once("exit", remove);

  const addNamespace = (label: string): string => {
    const namespace = uniqueName(label);
    ip("netns", "add", namespace);
    namespaces.push(namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    return namespace;
  };

  const made = new Map<string, Host>();
  try {
    // The switches stand in a namespace of their own, so that no rule of the machine's firewall applies to them.
    const room = addNamespace("switches");
    for (const index of lans.keys()) addSwitch(room, index);
    for (const [index, [name, options]] of Object.entries<HostOptions>(hosts).entries()) {
      const namespace = addNamespace(name);
      const addresses = new Map<string, Addresses>();
      for (const [port, lan] of (options.lans ?? []).entries()) {
        const at = { host: index + 1, port, lan: lans.indexOf(lan) };
        addresses.set(lan, plugIn(room, namespace, at, options.isLinkLocalOnly === true));
      }
      if (options.defaultRoute)
        ip("-n", namespace, "route", "add", "default", "via", gatewayOf(lans, options));
      made.set(name, createHost(name, namespace, options, addresses, running));
    }
  } catch (error) {
    remove();
    process.off("exit", remove);
    throw error;
  }

  async function close(): Promise<void> {
    const ending = [...running].map((one) => one.exited);
    remove();
    process.off("exit", remove);
    await Promise.all(ending);
  }

  return {
    host(name) {
      const host = made.get(name);
      if (host === undefined) throw new Error(`no host called ${name}`);
      return host;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createHost(
  name: string,
  namespace: string,
  options: HostOptions,
  addresses: Map<string, Addresses>,
  running: Set<Bun.Subprocess>,
): Host {
  const command = (cmd: string[]): string[] => [
    ...["ip", "netns", "exec", namespace],
    // Every step replaces itself by the next: the process id is the program's, and a signal reaches it.
    ...(options.hostname === undefined ? [] : renamed(options.hostname)),
    ...cmd,
  ];
  const on = (lan: string): Addresses => {
    const found = addresses.get(lan);
    if (found === undefined) throw new Error(`${name} is not on ${lan}`);
    return found;
  };
  const host: Host = {
    name,
    namespace,
    address: (lan) => on(lan).ipv4,
    linkLocal: (lan) => on(lan).linkLocal,
    command,
    spawn(cmd, spawnOptions) {
      const child = Bun.spawn(command(cmd), spawnOptions);
      running.add(child);
      void child.exited.then(() => running.delete(child));
      return child;
    },
    async run(cmd) {
      const child = Bun.spawn(command(cmd), { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
      running.add(child);
      const [output, errors, code] = await Promise.all([
        child.stdout.text(),
        child.stderr.text(),
        child.exited,
      ]);
      running.delete(child);
      if (code !== 0) throw new Error(`${cmd.join(" ")} on ${name} ended with ${code}: ${errors || output}`);
      return output;
    },
    cable(lan, state) {
      const port = (options.lans ?? []).indexOf(lan);
      if (port < 0) throw new Error(`${name} is not on ${lan}`);
      ip("-n", namespace, "link", "set", `eth${port}`, state);
    },
  };
  return host;
}

function renamed(hostname: string): string[] {
  const script = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"';
  return ["unshare", "--uts", "sh", "-c", script, hostname];
}

function addSwitch(room: string, index: number): void {
  ip("-n", room, "link", "add", `lan${index}`, "type", "bridge");
  ip("-n", room, "link", "set", `lan${index}`, "up");
  ip("-n", room, "addr", "add", `10.99.${index}.254/24`, "dev", `lan${index}`);
}

interface Addresses {
  ipv4: string;
  linkLocal: string;
}

function plugIn(
  room: string,
  namespace: string,
  at: { host: number; port: number; lan: number },
  isLinkLocalOnly: boolean,
): Addresses {
  const near = `eth${at.port}`;
  const far = `h${at.host}p${at.port}`;
  const ipv4 = `10.99.${at.lan}.${at.host}`;
  const linkLocal = `fe80::${at.lan + 1}:${at.host}`;
  ip("-n", room, "link", "add", far, "type", "veth", "peer", "name", near, "netns", namespace);
  ip("-n", room, "link", "set", far, "master", `lan${at.lan}`, "up");
  // The kernel would make up another link-local address, and take seconds to find out that it is free.
  ip("-n", namespace, "link", "set", near, "addrgenmode", "none");
  ip("-n", namespace, "addr", "add", `${linkLocal}/64`, "dev", near, "nodad");
  if (!isLinkLocalOnly) {
    ip("-n", namespace, "addr", "add", `${ipv4}/24`, "dev", near);
    ip("-n", namespace, "addr", "add", `fd99:${at.lan}::${at.host}/64`, "dev", near, "nodad");
  }
  ip("-n", namespace, "link", "set", near, "up");
  return { ipv4, linkLocal };
}

function gatewayOf(lans: string[], options: HostOptions): string {
  const first = options.lans?.[0];
  if (first === undefined) throw new Error("a default route needs a LAN");
  return `10.99.${lans.indexOf(first)}.254`;
}

let counter = 0;

/** Names are shared by the whole machine, so they contain the process id and a count. */
function uniqueName(label: string): string {
  counter += 1;
  return `holler-${process.pid}-${counter}-${label}`;
}

function tryIp(...args: string[]): boolean {
  return Bun.spawnSync(["ip", ...args], { stdout: "ignore", stderr: "ignore" }).success;
}

function ip(...args: string[]): void {
  const { success, stderr } = Bun.spawnSync(["ip", ...args], { stdout: "ignore", stderr: "pipe" });
  if (!success) throw new Error(`ip ${args.join(" ")}: ${stderr.toString().trim()}`);
}
