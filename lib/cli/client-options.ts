/** The options of holler and its commands as citty describes them: names, texts for `--help`, and defaults. */
import type { ArgsDef } from "citty";
import { commonArgs } from "./command.ts";
import { defaultPort } from "./server-args.ts";

const plaintext = {
  type: "boolean",
  description: "Join a server that runs without encryption; for debugging only",
  default: false,
} as const;

const joinArgs = {
  name: {
    type: "string",
    valueHint: "NAME",
    description: "Your name (default: the one used last, else your login name)",
  },
  server: {
    type: "string",
    valueHint: "HOST[:PORT]",
    description: `Go straight to this server, port ${defaultPort} unless given (default: find one on the network)`,
  },
  room: {
    type: "string",
    valueHint: "ROOM",
    description: "Join the room of this name (default: the only one, or ask)",
  },
  guest: {
    type: "boolean",
    description: "Come in as a guest: the name does not become yours",
    default: false,
  },
  plaintext,
  "trust-new-identity": {
    type: "boolean",
    description: "Accept that the server's identity has changed",
    default: false,
  },
} as const satisfies ArgsDef;

const deviceArgs = {
  "input-device": {
    type: "string",
    valueHint: "NAME",
    description:
      "Microphone, by a part of its name (see holler devices); remembered (default: the one used last)",
  },
  "output-device": {
    type: "string",
    valueHint: "NAME",
    description: 'Speaker, likewise; "default" is the system\'s (default: the one used last)',
  },
} as const satisfies ArgsDef;

const json = { type: "boolean", description: "JSON in and out, one object a line", default: false } as const;

export const chatArgs = {
  ...joinArgs,
  json,
  plain: {
    type: "boolean",
    description: "Redraw nothing; for screen readers and simple terminals",
    default: false,
  },
  voice: {
    type: "boolean",
    description: "Record and play voice",
    negativeDescription: "Neither record nor play voice",
    default: true,
  },
  ...deviceArgs,
  "auto-gain": {
    type: "boolean",
    description: "Make a quiet microphone louder, gently",
    default: false,
  },
  ...commonArgs,
} as const satisfies ArgsDef;

export const sendArgs = {
  to: {
    type: "string",
    valueHint: "NAME",
    description: "Send it to this person alone (default: to everyone)",
  },
  text: {
    type: "positional",
    description: "What to say (default: what is on standard input)",
    required: false,
  },
  ...joinArgs,
  ...commonArgs,
} as const satisfies ArgsDef;

const jsonOut = { ...json, description: "One JSON object a line" } as const;

/** The options of `holler servers` and `holler devices`. */
export const listArgs = { json: jsonOut, ...commonArgs } as const satisfies ArgsDef;

export const doctorArgs = {
  server: {
    type: "string",
    valueHint: "HOST[:PORT]",
    description: `Look into this server, port ${defaultPort} unless given (default: every room on the network)`,
  },
  room: {
    type: "string",
    valueHint: "ROOM",
    description: "Look into the room of this name (default: every one)",
  },
  plaintext: { ...plaintext, description: "Look into servers that run without encryption" },
  "input-device": {
    type: "string",
    valueHint: "NAME",
    description: "Try this microphone (default: the one that holler would use)",
  },
  "output-device": {
    type: "string",
    valueHint: "NAME",
    description: "Try this speaker (default: the one that holler would use)",
  },
  json: jsonOut,
  ...commonArgs,
} as const satisfies ArgsDef;

export const sendCommand = { name: "holler send", description: "Send one message and leave" };
export const serversCommand = { name: "holler servers", description: "List the rooms on this network" };
export const devicesCommand = { name: "holler devices", description: "List the microphones and speakers" };
export const doctorCommand = {
  name: "holler doctor",
  description: "Say what is wrong with finding rooms, the connection or the sound",
};
export const chatCommand = {
  name: "holler",
  description: "Chat and voice for the people on the same network",
  commands: {
    servers: serversCommand.description,
    send: sendCommand.description,
    devices: devicesCommand.description,
    doctor: doctorCommand.description,
  },
};
