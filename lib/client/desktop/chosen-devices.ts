/** Which microphone and speaker a person means: those that were named, or those that were remembered. Pure. */
import type { DeviceChoice } from "../../audio/device.ts";
import type { KeptDevices } from "./config-store.ts";

/** As given on the command line: parts of names. */
export interface GivenDevices {
  input?: string;
  output?: string;
}

/** None: the system's default. */
export interface ChosenDevices {
  input?: DeviceChoice;
  output?: DeviceChoice;
}

/** The name that stands for the system's default, and makes the one that was remembered forgotten. */
const defaultName = "default";

/** What was named is used, else what was remembered. */
export function chooseDevices(given: GivenDevices, kept: KeptDevices): ChosenDevices {
  const [input, output] = [choose(given.input, kept.input), choose(given.output, kept.output)];
  return { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) };
}

function choose(given: string | undefined, kept: string | undefined): DeviceChoice | undefined {
  if (given === defaultName) return undefined;
  if (given !== undefined) return { name: given, isRemembered: false };
  return kept === undefined ? undefined : { name: kept, isRemembered: true };
}

/** What is to be remembered from here on; undefined: nothing has changed. */
export function devicesToKeep(given: GivenDevices, kept: KeptDevices): KeptDevices | undefined {
  const { input, output } = chooseDevices(given, kept);
  if (input?.name === kept.input && output?.name === kept.output) return undefined;
  return {
    ...(input === undefined ? {} : { input: input.name }),
    ...(output === undefined ? {} : { output: output.name }),
  };
}
