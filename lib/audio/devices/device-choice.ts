/** Finds the device that a person means by a name, among all that there are. */

export interface NamedDevice {
  name: string;
  hostApi: string;
}

export type Choice<Device> =
  | { type: "found"; device: Device }
  | { type: "none" }
  /** The names that fit, each once. */
  | { type: "several"; names: string[] };

/**
 * The device of that name or, when none is called so, the one that has it in its name; capitals do not matter unless
 * they are all that differs. Where several host APIs show the same hardware, as on Windows, the one of the default
 * device counts first. Of two devices that have one name and one host API, the first: nothing tells them apart.
 */
export function chooseDevice<Device extends NamedDevice>(
  devices: readonly Device[],
  name: string,
  defaultHostApi: string | undefined,
): Choice<Device> {
  const [exact, folded] = [normalized(name), normalized(name).toLowerCase()];
  const tests: ((name: string) => boolean)[] = [
    (name) => name === exact,
    (name) => name.toLowerCase() === folded,
    (name) => name.toLowerCase().includes(folded),
  ];
  const fitting = tests.map((fits) => devices.filter((device) => fits(normalized(device.name))));
  const best = fitting.find((found) => found.length > 0) ?? [];
  const ofDefault = best.filter((device) => device.hostApi === defaultHostApi);
  const preferred = ofDefault.length > 0 ? ofDefault : best;
  const names = [...new Set(preferred.map((device) => device.name))];
  const [device] = preferred;
  if (device === undefined) return { type: "none" };
  return names.length === 1 ? { type: "found", device } : { type: "several", names };
}

/** Names in quotes, as many as one can read: `"a", "b" and 3 more`. */
export function listNames(names: readonly string[]): string {
  const shownMax = 6;
  const shown = names.slice(0, shownMax).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** One letter can be written in two ways in Unicode, and people do not see which. */
function normalized(name: string): string {
  return name.normalize("NFC").trim();
}
