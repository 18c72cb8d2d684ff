/** Chooses the microphone and the speaker: the named ones, else the remembered ones. Pure. */
import type { DeviceChoice } from "../../audio/device.ts";
import type { KeptDevices } from "./config-store.ts";

/** Parts of names, from the command line. */
export interface GivenDevices {
  input?: string;
  output?: string;
}

/** Absent: the default of the system. */
export interface ChosenDevices {
  input?: DeviceChoice;
  output?: DeviceChoice;
}

/** The name that stands for the default of the system; the remembered device is forgotten. */
const defaultName = "default";

/** A named device is used, else the remembered one. */
export function chooseDevices(given: GivenDevices, kept: KeptDevices): ChosenDevices {
  const [input, output] = [choose(given.input, kept.input), choose(given.output, kept.output)];
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

function choose(given: string | undefined, kept: string | undefined): DeviceChoice | undefined {
  if (given === defaultName) return undefined;
  if (given !== undefined) return { name: given, isRemembered: false };
  return kept === undefined ? undefined : { name: kept, isRemembered: true };
}

/** The devices to remember; undefined: nothing has changed. */
export function devicesToKeep(given: GivenDevices, kept: KeptDevices): KeptDevices | undefined {
  const { input, output } = chooseDevices(given, kept);
  if (input?.name === kept.input && output?.name === kept.output) return undefined;
  return {
    ...(input === undefined ? {} : { input: input.name }),
    ...(output === undefined ? {} : { output: output.name }),
  };
}
