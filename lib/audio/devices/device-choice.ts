/** Finds the device that a user names, among all devices of the machine. */

export interface NamedDevice {
  name: string;
  hostApi: string;
}

export type Choice<Device> =
  | { type: "found"; device: Device }
  | { type: "none" }
  /** The names that match, each once. */
  | { type: "several"; names: string[] };

/**
 * Returns the device with this name or, when there is none, the one device whose name contains it. Upper and lower case
 * differ only when nothing else does. Where several host APIs list the same hardware, as on Windows, devices of the host
 * API of the default device are preferred. Two devices with one name and one host API cannot be told apart: the first
 * is returned.
 */
export function chooseDevice<Device extends NamedDevice>(
  devices: readonly Device[],
  name: string,
  defaultHostApi: string | undefined,
): Choice<Device> {
  const [exact, folded] = [normalized(name), normalized(name).toLowerCase()];
  /** From the strictest to the loosest. */
  const tests: ((name: string) => boolean)[] = [
    (name) => name === exact,
    (name) => name.toLowerCase() === folded,
    (name) => name.toLowerCase().includes(folded),
  ];
  const matches = tests.map((test) => devices.filter((device) => test(normalized(device.name))));
  const best = matches.find((found) => found.length > 0) ?? [];
  const ofDefault = best.filter((device) => device.hostApi === defaultHostApi);
  const preferred = ofDefault.length > 0 ? ofDefault : best;
  const names = [...new Set(preferred.map((device) => device.name))];
  const [device] = preferred;
  if (device === undefined) return { type: "none" };
  return names.length === 1 ? { type: "found", device } : { type: "several", names };
}

/** Lists names in quotes, six at most: `"a", "b" and 3 more`. */
export function listNames(names: readonly string[]): string {
  const shownMax = 6;
  const shown = names.slice(0, shownMax).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** Unicode has two spellings of some letters, which look the same (NFC and NFD). */
function normalized(name: string): string {
  return name.normalize("NFC").trim();
}
