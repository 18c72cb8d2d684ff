/** Puts the questions and notices from before the chat into words, for a terminal that can ask and print. */
import type { Notice, Prompter, Question, RoomChoice } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { cleanLine } from "../../protocol/text.ts";

/** What a terminal offers before the chat. */
export interface QuestionLine {
  /** The answer; undefined when the person leaves instead, or when the question is taken back. */
  ask(
    prompt: string,
    question?: { fallback?: string; signal?: AbortSignal; secret?: boolean },
  ): Promise<string | undefined>;
  /** Prints one quiet line. */
  note(text: string): void;
}

export function createPrompter(terminal: QuestionLine): Prompter {
  return {
    ask(question, signal) {
      const { prompt, ...details } = promptOf(question);
      return terminal.ask(prompt, { ...details, ...(signal === undefined ? {} : { signal }) });
    },
    tell(notice) {
      for (const line of noticeLines(notice)) terminal.note(line);
    },
  };
}

function promptOf(question: Question): { prompt: string; fallback?: string; secret?: boolean } {
  switch (question.type) {
    case "name":
      return { prompt: "Your name:", fallback: question.fallback };
    case "passphrase":
      return { prompt: "Passphrase:", secret: true };
    case "room":
      return { prompt: "Which one?", fallback: "1" };
  }
}

/** The lines of a notice. */
function noticeLines(notice: Notice): string[] {
  switch (notice.type) {
    case "refused":
      return [cleanLine(notice.error.message)];
    case "bad-answer":
      return [badAnswerSentence(notice.to, notice.max)];
    case "looking": {
      const what = notice.room === undefined ? "a room" : `the room ${notice.room}`;
      return [
        `Looking for ${what} on this network… start one with holler-server, or name one with --server HOST`,
      ];
    }
    case "rooms":
      return ["Rooms on this network:", ...notice.rooms.map(roomLine)];
    case "first-time":
      return [`First time here. The server's identity is ${notice.identity}`];
    case "verified":
      return [`The server knows the passphrase, too. Its identity is ${notice.identity}`];
  }
}

function badAnswerSentence(to: Question["type"], max: number): string {
  switch (to) {
    case "name":
      return refusal("name-invalid", { max }).message;
    case "passphrase":
      return `A passphrase is 1 to ${max} characters.`;
    case "room":
      return `Type a number from 1 to ${max}.`;
  }
}

function roomLine({ room, host, port, needsPassphrase, isKnown }: RoomChoice, index: number): string {
  const met = isKnown ? ", you were here before" : "";
  const passphrase = needsPassphrase ? ", needs a passphrase" : "";
  return `  ${index + 1}  ${room}  (${host}:${port}${passphrase}${met})`;
}
