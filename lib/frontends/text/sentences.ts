/** The sentence for each code of the client: what happened, and what to do. Every front end takes its words from here. */
import type { ClientError, SaveError, ToldError, Warning } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";

/** The sentence for a refusal or a failure. */
export function errorSentence(error: ToldError | ClientError): string {
  if ("message" in error) return error.message;
  switch (error.code) {
    case "not-confirmed":
      return fates[error.fate];
    case "busy":
      return error.with === "lines"
        ? "Too many lines wait for the connection already."
        : "Too many clips are waiting; this one is not.";
    case "not-connected":
      return "Not connected: try again when the connection is back.";
    case "connection-lost":
      return "The connection was lost before this was answered.";
    case "recording":
      return error.refused === "record" ? "You are talking already." : "You are talking: play it afterwards.";
    case "no-voice":
      return "Voice is off (--no-voice).";
    case "own-voice":
      return "Your own voice is not played to you.";
    case "bad-file":
      return "Name the file to write.";
    case "bad-clip":
      return "The server sent a clip that cannot be understood.";
    case "bad-volume":
      return `A volume is 0 to ${error.max} percent.`;
    case "bad-minutes":
      return `It takes 1 to ${error.max} minutes.`;
    case "bad-limit":
      return error.max === undefined
        ? "Ids are whole numbers."
        : `1 to ${error.max} lines can be asked for at once.`;
    case "cancelled": {
      const which = error.clip === undefined ? "The newest clip" : `Clip ${error.clip}`;
      return `${which} was given up before it was ${error.before}.`;
    }
    case "file-exists":
    case "save-failed":
      return saveSentence(error);
    default: {
      // The server refuses the same with the same code.
      const { code, ...details } = error;
      return refusal(code, details).message;
    }
  }
}

const notConfirmed = "This line was not confirmed, and it is not known whether it got through";

const fates: Record<Extract<ClientError, { code: "not-confirmed" }>["fate"], string> = {
  unsent: "This line was not sent: there was no connection.",
  unknown: `${notConfirmed}.`,
  forgotten: `${notConfirmed}: the server was started anew.`,
};

function saveSentence({ code, file, cause, detail }: SaveError): string {
  if (code === "file-exists") return `${file} is there already and stays as it is: choose another name.`;
  switch (cause) {
    case "no-folder":
      return `${file} cannot be written: there is no such folder.`;
    case "is-folder":
      return `${file} is a folder: name a file in it.`;
    case "not-allowed":
      return `${file} cannot be written: you may not write there.`;
    case "no-space":
      return `${file} cannot be written: there is no room left.`;
    default:
      return `${file} cannot be written (${detail ?? "unknown error"}).`;
  }
}

/** What happened to the connection, and what the client does about it; an ellipsis follows. */
export function lostSentence({ reason, message }: { reason?: string; message?: string }): string {
  if (reason === "server-stopped") return "The server was stopped. Waiting until it is back";
  if (message === undefined) return "The connection is lost. Trying to get it back";
  return `${message} Trying to get the connection back`;
}

/** The sentence for a warning. */
export function warningSentence(warning: Warning): string {
  switch (warning.code) {
    case "history-gap":
      return "Some lines from before are missing: they are no longer kept, or the server cannot read them.";
    case "silent":
      return "Nothing was heard: is the microphone muted?";
    case "clipped":
      return "It was too loud: turn the microphone down, or move away from it.";
    case "uplink-late":
      return "Your connection is stalling: the others miss some of what you say.";
    case "default-device":
      return warning.message;
  }
}
