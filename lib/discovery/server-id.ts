/** The id under which a server is announced by mDNS. */
import { createHash } from "node:crypto";

/**
 * Six hexadecimal digits that tell this server from others with the same room name. They are the same after a restart
 * on the same port, so that the new announcement replaces the old one. `identity`: the fingerprint or, without TLS, the
 * host name.
 */
export function serverId(identity: string, port: number): string {
  return createHash("sha256").update(`${identity}:${port}`).digest("hex").slice(0, 6);
}
